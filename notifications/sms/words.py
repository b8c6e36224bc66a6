"""What the house itself says by short message: codes, and answers to what is texted to it."""

from typing import Final

from oms_service.kernel.languages import Language, Words

CODE: Final[Words] = {
    Language.JAPANESE: (
        "【{shop}】確認コードは {code} です。{minutes}分以内に画面にご入力ください。"
        "コードは誰にも伝えないでください。"
    ),
    Language.ENGLISH: (
        "{shop}: your code is {code}. Enter it on the page within {minutes} minutes. "
        "Tell it to nobody."
    ),
}
STOPPED: Final[Words] = {
    Language.JAPANESE: (
        "【{shop}】SMSでのお知らせを停止しました。今後のお知らせはほかの方法でお届けします。"
    ),
    Language.ENGLISH: (
        "{shop}: you will get no more notices by text message. We use your other ways instead."
    ),
}
START: Final[Words] = {
    Language.JAPANESE: "【{shop}】SMSでのお知らせは、こちらのページからお申し込みください。",
    Language.ENGLISH: "{shop}: to get notices by text message, please ask for them on this page.",
}
