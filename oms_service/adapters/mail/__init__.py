"""Mail: by a server, or as files where there is none."""
