// Everything a page does beyond HTML; each part works on whatever htmx brings in later, too.
import "./confirm.js";
import "./fonts.js";
import "./live.js";
import "./navigation.js";
import "./theme.js";
import "./toasts.js";
