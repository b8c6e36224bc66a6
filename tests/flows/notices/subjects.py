"""The subject of each notice as its reader sees it, in Japanese and in English."""

from typing import Final

SUBJECTS: Final = {
    "at_counter": (
        "配送会社の窓口でお受け取りいただけます(ご注文 {})",
        "Your order {} is ready at the carrier's counter",
    ),
    "attempted": (
        "お届けに伺いましたがご不在でした(ご注文 {})",
        "Your order {} could not be delivered today",
    ),
    "backordered": (
        "入荷待ちの商品について(ご注文 {})",
        "Part of your order {} is waiting for stock",
    ),
    "case_answered": (
        "担当者から返信がありました(受付番号 {})",
        "There is an answer for you ({})",
    ),
    "case_opened": (
        "お問い合わせを受け付けました(受付番号 {})",
        "We have your request ({})",
    ),
    "case_resolved": (
        "お問い合わせの対応が完了しました(受付番号 {})",
        "Your request is settled ({})",
    ),
    "case_waiting": (
        "ご返信をお待ちしております(受付番号 {})",
        "We are waiting for your answer ({})",
    ),
    "change_declined": (
        "ご注文の変更について(ご注文 {})",
        "About the change of your order {}",
    ),
    "claim_approved": (
        "対応を決定しました(受付番号 {})",
        "We will put it right ({})",
    ),
    "claim_asked": (
        "商品の不具合のご連絡を受け付けました(受付番号 {})",
        "We have your report ({})",
    ),
    "claim_refunded": (
        "返金の手続きに入りました(受付番号 {})",
        "Your refund is being paid ({})",
    ),
    "claim_rejected": (
        "ご連絡いただいた件について(受付番号 {})",
        "About your report ({})",
    ),
    "claim_replaced": (
        "代わりの商品を手配しました(受付番号 {})",
        "We are sending a replacement ({})",
    ),
    "date_moved": (
        "発送予定日のお知らせ(ご注文 {})",
        "A new date for your order {}",
    ),
    "delay": (
        "お届けの遅れについて(ご注文 {})",
        "Your order {} will arrive late",
    ),
    "delivered": (
        "お荷物をお届けしました(ご注文 {})",
        "Your order {} has been delivered",
    ),
    "exchange_cancelled": (
        "交換を取り消しました(返品番号 {})",
        "Your exchange is cancelled ({})",
    ),
    "exchange_sent": (
        "交換の商品を準備しております(返品番号 {})",
        "Your exchange is being prepared ({})",
    ),
    "feedback": (
        "お届けした商品はいかがですか(ご注文 {})",
        "How was your order {}?",
    ),
    "late": (
        "お届けが予定日を過ぎております(ご注文 {})",
        "Your order {} is late",
    ),
    "order_cancelled": (
        "ご注文をキャンセルしました(ご注文 {})",
        "Your order {} is cancelled",
    ),
    "order_cancelled_by_us": (
        "ご注文のキャンセルについて(ご注文 {})",
        "We had to cancel your order {}",
    ),
    "order_changed": (
        "ご注文の変更を承りました(ご注文 {})",
        "Your order {} has been changed",
    ),
    "order_held": (
        "ご注文の確認をお待ちしております(ご注文 {})",
        "Your order {} is waiting",
    ),
    "order_received": (
        "ご注文を承りました(ご注文 {})",
        "We have your order {}",
    ),
    "order_released": (
        "発送の準備を再開しました(ご注文 {})",
        "Your order {} is moving again",
    ),
    "out_for_delivery": (
        "お荷物を配達中です(ご注文 {})",
        "Your order {} is out for delivery",
    ),
    "partly_cancelled": (
        "ご注文の一部をキャンセルしました(ご注文 {})",
        "Part of your order {} is cancelled",
    ),
    "payment_due": (
        "お支払いをお待ちしております(ご注文 {})",
        "Please pay for your order {}",
    ),
    "payment_failed": (
        "お支払いの手続きが完了していません(ご注文 {})",
        "The payment for your order {} did not go through",
    ),
    "payment_received": (
        "お支払いを確認しました(ご注文 {})",
        "We have your payment (order {})",
    ),
    "pickup_cancelled": (
        "店舗でのお受け取りを取り消しました(ご注文 {})",
        "The pickup of your order {} is cancelled",
    ),
    "pickup_expired": (
        "お取り置きを終了しました(ご注文 {})",
        "The time to collect your order {} is over",
    ),
    "pickup_extended": (
        "お取り置き期限を延ばしました(ご注文 {})",
        "You have longer to collect your order {}",
    ),
    "pickup_ready": (
        "店舗でお受け取りいただけます(ご注文 {})",
        "Your order {} is ready to collect",
    ),
    "pickup_reminder": (
        "お取り置き期限が近づいています(ご注文 {})",
        "Please collect your order {} soon",
    ),
    "preparing": (
        "出荷の準備を始めました(ご注文 {})",
        "We are packing your order {}",
    ),
    "recovered": (
        "遅れが解消する見込みです(ご注文 {})",
        "Good news about your order {}",
    ),
    "refund_delayed": (
        "返金に少しお時間をいただきます(ご注文 {})",
        "Your refund is taking longer (order {})",
    ),
    "refund_paid": (
        "返金が完了しました(ご注文 {})",
        "Your refund is paid (order {})",
    ),
    "return_approved": (
        "返品を承りました(返品番号 {})",
        "Your return is approved ({})",
    ),
    "return_asked": (
        "返品のお申し込みを受け付けました(返品番号 {})",
        "We have your return request ({})",
    ),
    "return_overdue": (
        "返品の商品をお待ちしております(返品番号 {})",
        "We are waiting for your return ({})",
    ),
    "return_partly_received": (
        "返品の商品の一部が届きました(返品番号 {})",
        "Part of your return has arrived ({})",
    ),
    "return_received": (
        "返品の商品が届きました(返品番号 {})",
        "Your return has arrived ({})",
    ),
    "return_rejected": (
        "返品のお申し込みについて(返品番号 {})",
        "About your return ({})",
    ),
    "return_sent": (
        "返品のお荷物を配送会社が預かりました(返品番号 {})",
        "Your return is on its way to us ({})",
    ),
    "return_withdrawn": (
        "返品を取り下げました(返品番号 {})",
        "Your return is called off ({})",
    ),
    "satisfaction": (
        "対応はいかがでしたか(受付番号 {})",
        "How was our help? ({})",
    ),
    "shipped": (
        "商品を発送しました(ご注文 {})",
        "Your order {} is on its way",
    ),
    "stalled": (
        "お届け状況を確認しております(ご注文 {})",
        "We are looking into your order {}",
    ),
    "stock_came": (
        "商品が入荷しました(ご注文 {})",
        "What you waited for is here (order {})",
    ),
}
