"""The shop's LINE account: what customers write there, and how answers get back to them."""
