"""The words for why a provider would not sell a label, in both languages, for staff."""

from collections.abc import Mapping
from typing import Final

from oms_service.kernel.languages import Words

WORDS: Final[Mapping[str, Words]] = {
    "address_refused": {
        "ja": "住所が受け付けられませんでした。住所を直してから再試行してください。",
        "en": "The carrier does not accept an address. Correct it, then try again.",
    },
    "service_not_offered": {
        "ja": "この箱には選んだ配送サービスが使えません。別のサービスを選んでください。",
        "en": "The carrier does not offer the chosen service for this box. Choose another one.",
    },
    "label_unreadable": {
        "ja": "送り状は購入できましたが、ファイルを読み込めませんでした。再試行してください。",
        "en": "The label was bought, but its file cannot be read. Try again.",
    },
    "refund_rejected": {
        "ja": "送り状の返金が断られました。配送会社にお問い合わせください。",
        "en": "The provider does not give the money for this label back. Ask the carrier.",
    },
    "tracking_number_taken": {
        "ja": "同じお問い合わせ番号の箱が別にあります。配送会社にお問い合わせください。",
        "en": "Another box has the same tracking number. Ask the carrier.",
    },
    "no_address": {
        "ja": "お届け先の住所がありません。",
        "en": "There is no address to send to.",
    },
    "provider_refused": {
        "ja": "配送会社に断られました。住所、重さ、サービスを確認してください。",
        "en": "The carrier refused. Check the address, the weight and the service.",
    },
}
