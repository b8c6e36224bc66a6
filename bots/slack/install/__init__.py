"""Letting us into workspaces: the app's manifest, installation, channels of queues, people."""
