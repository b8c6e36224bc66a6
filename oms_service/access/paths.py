"""Ways back: where to go after signing in, never off this site."""


def own_path(target: str) -> str:
    """``target`` when it is a path on this site, else the front page."""
    is_path = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_path and target.isprintable() and "\\" not in target else "/"
