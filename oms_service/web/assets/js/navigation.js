// A long navigation at the side scrolls by itself: the page at hand is in sight in it.
document.querySelector('.nav-long [aria-current="page"]')?.scrollIntoView({ block: "nearest" });

// What somebody opened stays open on the next page; the server draws it so.
const YEAR_S = 31536000;
const folds = [...document.querySelectorAll(".nav-fold")];
for (const fold of folds) {
  fold.querySelector("summary").addEventListener("click", () => {
    setTimeout(() => {
      const open = folds.filter((one) => one.open).map((one) => one.dataset.nav);
      const secure = location.protocol === "https:" ? "; Secure" : "";
      document.cookie = `nav=${open.join(".")}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
    });
  });
}
