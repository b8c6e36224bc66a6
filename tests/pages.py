"""Pages as their readers read them."""

import re


def plain(page: str) -> str:
    """The words of a page's content alone: what keeps a date together parts no words."""
    content = re.sub(r"</?span\b[^>]*>", "", page.partition("<main")[2])
    return " ".join(re.sub(r"<[^>]+>", " ", content).split())
