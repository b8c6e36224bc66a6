// A long navigation at the side scrolls by itself: the page at hand is in sight in it.
document.querySelector('.nav-long [aria-current="page"]')?.scrollIntoView({ block: "nearest" });
