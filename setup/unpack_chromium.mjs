// Unpacks the browser for the tests into $TMPDIR and prints where it is.
import chromium from "@sparticuz/chromium";

console.log(await chromium.executablePath());
