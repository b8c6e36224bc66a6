"""The sentences colleagues are told in, by rule: a title, and one line for its letter."""

from collections.abc import Mapping
from typing import Final

from oms_service.kernel.languages import Language

JA, EN = Language.JAPANESE, Language.ENGLISH

#: What stands in the bell, and is the subject of the letter.
TITLES: Final[Mapping[str, Mapping[Language, str]]] = {
    "given": {JA: "{case} の担当になりました", EN: "{case} is yours now"},
    "mentioned": {
        JA: "{case} のメモで名前を呼ばれています",
        EN: "A colleague calls you in a note of {case}",
    },
    "answered": {JA: "{case} にお客様から返信がありました", EN: "The customer answered in {case}"},
    "running_out": {
        JA: "{case} の期限が近づいています({metric})",
        EN: "Time is running out for {case} ({metric})",
    },
    "missed": {
        JA: "{case} が期限を過ぎました({metric})",
        EN: "{case} is past its time ({metric})",
    },
    "missed_by_others": {
        JA: "{case} が期限を過ぎ、まだ対応されていません({metric})",
        EN: "{case} is past its time and still waits ({metric})",
    },
    "unassigned": {JA: "{case} の担当がいません", EN: "Nobody has {case}"},
    "order_late": {
        JA: "注文 {order} のお届けが遅れています({case})",
        EN: "Order {order} is late ({case})",
    },
    "order_stalled": {
        JA: "注文 {order} の配送が止まっています({case})",
        EN: "Order {order} has stopped moving ({case})",
    },
    "stock_low": {
        JA: "在庫が少なくなりました: {items}({place}、残り {units})",
        EN: "Few left of {items} at {place}: {units}",
    },
    "step_failed": {
        JA: "処理が失敗し、対応を待っています({step})",
        EN: "A step has failed and waits for somebody ({step})",
    },
}
#: Why it reaches its reader.
WHY: Final[Mapping[str, Mapping[Language, str]]] = {
    "given": {JA: "この受付はあなたに割り当てられています。", EN: "The case was given to you."},
    "mentioned": {
        JA: "同僚が社内メモであなたを呼びました。",
        EN: "Somebody wrote your name with an @ in an internal note.",
    },
    "answered": {
        JA: "あなたが担当している受付です。",
        EN: "You have this case, and the customer waits for you.",
    },
    "running_out": {
        JA: "期限までに対応できるよう、早めにお知らせしています。",
        EN: "There is still time to keep what was promised.",
    },
    "missed": {
        JA: "あなたが担当している受付です。お客様がお待ちです。",
        EN: "You have this case, and the customer waits.",
    },
    "missed_by_others": {
        JA: "この窓口の責任者として、手の空いている担当者に割り当てられます。",
        EN: "You lead this queue, so you can give it to somebody who has time.",
    },
    "unassigned": {
        JA: "条件に合う担当者が見つかりませんでした。割り当てをお願いします。",
        EN: "Nobody who is there could take it. Please give it to somebody.",
    },
    "order_late": {
        JA: "この注文についての受付を担当しています。{expected}",
        EN: "You have a case about this order. {expected}",
    },
    "order_stalled": {
        JA: "この注文についての受付を担当しています。{expected}",
        EN: "You have a case about this order. {expected}",
    },
    "stock_low": {
        JA: "発注点を下回りました。",
        EN: "It has fallen to its reorder point.",
    },
    "step_failed": {
        JA: "何度か試しましたが、うまくいきませんでした。",
        EN: "It was tried several times.",
    },
}
DUE: Final[Mapping[Language, str]] = {JA: "- 期限: {until_moment}", EN: "- Due: {until_moment}"}
OPEN: Final[Mapping[Language, str]] = {JA: "[開く]({link})", EN: "[Open it]({link})"}
OPEN_ALL: Final[Mapping[Language, str]] = {
    JA: "[お知らせを開く]({link})",
    EN: "[Open your notices]({link})",
}
#: The subject of several in one letter, and what stands above their titles.
MANY: Final[Mapping[Language, str]] = {
    JA: "未読のお知らせが{count}件あります",
    EN: "{count} notices wait for you",
}
MANY_INTRO: Final[Mapping[Language, str]] = {
    JA: "まだご覧になっていないお知らせです。",
    EN: "You have not read these yet.",
}
CHOOSE: Final[Mapping[Language, str]] = {
    JA: "[お知らせの受け取り方を変える]({choices_link})",
    EN: "[Choose what you are told]({choices_link})",
}
#: What is measured.
METRICS: Final[Mapping[str, Mapping[Language, str]]] = {
    "first_response": {JA: "最初の返信", EN: "first answer"},
    "next_response": {JA: "次の返信", EN: "next answer"},
    "resolution": {JA: "解決", EN: "time to settle"},
    "promise": {JA: "約束した返信", EN: "promised answer"},
}
#: Which part of the house a failed step belongs to.
STEPS: Final[Mapping[str, Mapping[Language, str]]] = {
    "reaction": {JA: "店の内部", EN: "inside the shop"},
    "effect": {JA: "外部への送信", EN: "towards the outside"},
    "inbound": {JA: "外部からの受信", EN: "from the outside"},
    "payment": {JA: "お支払い", EN: "payments"},
    "label": {JA: "送り状", EN: "labels of carriers"},
    "webhook": {JA: "取引先への通知", EN: "webhooks to partners"},
}
