"""The columns of B2クラウド, e飛伝Ⅲ and ゆうプリR, as documented; sources in docs/documents.md."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from oms_service.adapters.carriers.sheets import Column, SheetFormat, in_lines, phone, postal
from oms_service.ports.labels import Address, HandoffRow

_Value = Callable[[HandoffRow], str]

#: What B2クラウド calls the kind of a waybill: paid by us, cash collected, small parcels.
_B2_KINDS: Final = {"nekopos": "A", "compact": "8"}
#: 商品サイズ区分 by the sum of the three sides, in centimetres.
_YUPURI_SIZES: Final = (60, 80, 100, 120, 140, 160, 170)


@dataclass(frozen=True, kw_only=True)
class Contracts:
    """What the shop has agreed with carriers: codes that stand in their files."""

    yamato_customer: str = ""
    yamato_rate: str = "01"
    sagawa_customer: str = ""


def b2_cloud(contracts: Contracts) -> SheetFormat:
    """ヤマト運輸, B2クラウド: 95 columns of its basic layout, the first row is its head."""
    return SheetFormat(
        slug="yamato",
        program="B2クラウド",
        columns=[_column(name, _b2(contracts)) for name in _B2_NAMES],
        reference_names=("お客様管理番号",),
        number_names=("伝票番号",),
        places=(0, 3),
    )


def ehiden(contracts: Contracts) -> SheetFormat:
    """佐川急便, e飛伝Ⅲ: the 74 columns of 標準_飛脚宅配便_CSV_ヘッダ有り."""
    return SheetFormat(
        slug="sagawa",
        program="e飛伝Ⅲ",
        columns=[_column(name, _ehiden(contracts)) for name in _EHIDEN_NAMES],
        reference_names=("お客様管理番号", "お客様管理ナンバー"),
        number_names=("お問い合せ送り状No.", "お問合せ送り状No.", "お問い合わせ送り状No."),
    )


def yupuri() -> SheetFormat:
    """日本郵便, ゆうプリR: the 117 columns of 発送予定データ, without a head."""
    return SheetFormat(
        slug="japanpost",
        program="ゆうプリR",
        columns=[_column(name, _YUPURI) for name in _YUPURI_NAMES],
        reference_names=("お客様側管理番号",),
        number_names=("お問い合わせ番号", "お問い合せ番号", "追跡番号"),
        has_head=False,
    )


def _column(name: str, of: Mapping[str, tuple[_Value, int, bool]]) -> Column:
    if name not in of:
        return Column(name=name)
    value, most, is_needed = of[name]
    return Column(name=name, value=value, most=most, is_needed=is_needed)


def _always(text: str) -> _Value:
    return lambda _row: text


def _to(read: Callable[[Address], str]) -> _Value:
    return lambda row: read(row.recipient)


def _from(read: Callable[[Address], str]) -> _Value:
    return lambda row: read(row.sender)


def _of_lines(
    read: Callable[[Address], str], most: int, count: int, index: int
) -> Callable[[Address], str]:
    return lambda address: in_lines(read(address), most, count)[index]


def _slashed(day: date) -> str:
    return f"{day:%Y/%m/%d}"


def _packed(day: date) -> str:
    return f"{day:%Y%m%d}"


def _wished(row: HandoffRow, write: Callable[[date], str]) -> str:
    return "" if row.deliver_on is None else write(row.deliver_on)


def _yen(amount: int | None) -> str:
    return "" if amount is None else str(amount)


def _whole(address: Address) -> str:
    return f"{address.street} {address.line2}".strip()


def _b2_kind(row: HandoffRow) -> str:
    if row.cash_minor is not None:
        return "9" if row.service == "compact" else "2"
    return _B2_KINDS.get(row.service, "0")


def _b2(contracts: Contracts) -> Mapping[str, tuple[_Value, int, bool]]:
    return {
        "お客様管理番号": (lambda row: row.reference, 50, True),
        "送り状種類": (_b2_kind, 1, True),
        "クール区分": (_always("0"), 1, False),
        "出荷予定日": (lambda row: _slashed(row.ships_on), 10, True),
        "お届け予定日": (lambda row: _wished(row, _slashed), 10, False),
        "配達時間帯": (lambda row: row.window, 4, False),
        "お届け先電話番号": (_to(lambda of: phone(of.phone)), 15, True),
        "お届け先郵便番号": (_to(lambda of: postal(of.postal_code)), 8, True),
        "お届け先住所": (_to(lambda of: of.street), 64, True),
        "お届け先アパートマンション名": (_to(lambda of: of.line2), 32, False),
        "お届け先名": (_to(lambda of: of.name), 32, True),
        "敬称": (_always("様"), 4, False),
        "ご依頼主電話番号": (_from(lambda of: phone(of.phone)), 15, True),
        "ご依頼主郵便番号": (_from(lambda of: postal(of.postal_code)), 8, True),
        "ご依頼主住所": (_from(lambda of: of.street), 64, True),
        "ご依頼主アパートマンション": (_from(lambda of: of.line2), 32, False),
        "ご依頼主名": (_from(lambda of: of.name), 32, True),
        "品名１": (lambda row: row.contents, 50, True),
        "ｺﾚｸﾄ代金引換額（税込)": (lambda row: _yen(row.cash_minor), 7, False),
        "内消費税額等": (lambda row: _yen(row.cash_tax_minor), 7, False),
        "発行枚数": (_always("1"), 2, False),
        "請求先顧客コード": (_always(contracts.yamato_customer.replace("-", "")), 12, True),
        "運賃管理番号": (_always(contracts.yamato_rate), 2, True),
    }


def _ehiden(contracts: Contracts) -> Mapping[str, tuple[_Value, int, bool]]:
    half = 32  # sixteen full-width signs
    return {
        "お届け先電話番号": (_to(lambda of: phone(of.phone)), 14, True),
        "お届け先郵便番号": (_to(lambda of: postal(of.postal_code)), 8, True),
        "お届け先住所１": (_to(_of_lines(_whole, half, 3, 0)), half, True),
        "お届け先住所２": (_to(_of_lines(_whole, half, 3, 1)), half, False),
        "お届け先住所３": (_to(_of_lines(_whole, half, 3, 2)), half, False),
        "お届け先名称１": (_to(_of_lines(lambda of: of.name, half, 2, 0)), half, True),
        "お届け先名称２": (_to(_of_lines(lambda of: of.name, half, 2, 1)), half, False),
        "お客様管理番号": (lambda row: row.reference, 16, True),
        "お客様コード": (_always(contracts.sagawa_customer.replace("-", "")), 12, True),
        "ご依頼主電話番号": (_from(lambda of: phone(of.phone)), 14, True),
        "ご依頼主郵便番号": (_from(lambda of: postal(of.postal_code)), 8, True),
        "ご依頼主住所１": (_from(_of_lines(_whole, half, 2, 0)), half, True),
        "ご依頼主住所２": (_from(_of_lines(_whole, half, 2, 1)), half, False),
        "ご依頼主名称１": (_from(_of_lines(lambda of: of.name, half, 2, 0)), half, True),
        "ご依頼主名称２": (_from(_of_lines(lambda of: of.name, half, 2, 1)), half, False),
        "荷姿": (_always("001"), 3, False),
        "品名１": (lambda row: in_lines(row.contents, half, 2)[0], half, True),
        "品名２": (lambda row: in_lines(row.contents, half, 2)[1], half, False),
        "出荷個数": (_always("1"), 3, True),
        "スピード指定": (_always("000"), 3, True),
        "クール便指定": (_always("001"), 3, True),
        "配達日": (lambda row: _wished(row, _slashed), 10, False),
        "配達指定時間帯": (lambda row: row.window, 2, False),
        "代引金額": (lambda row: _yen(row.cash_minor), 7, False),
        "消費税": (lambda row: _yen(row.cash_tax_minor), 6, False),
        "営業所受取": (_always("0"), 1, False),
        "SRC区分": (_always("0"), 1, False),
        "元着区分": (_always("1"), 1, True),
        "出荷日": (lambda row: _slashed(row.ships_on), 10, True),
    }


def _size(row: HandoffRow) -> str:
    """The size class of the parcel; empty where nobody measured, or it is too large."""
    centimetres = -(-row.sides_mm // 10)
    fits = (size for size in _YUPURI_SIZES if centimetres <= size)
    return f"{next(fits, 0):03d}" if 0 < centimetres <= _YUPURI_SIZES[-1] else ""


_YUPURI: Final[Mapping[str, tuple[_Value, int, bool]]] = {
    "お客様側管理番号": (lambda row: row.reference, 15, True),
    "発送予定日": (lambda row: _packed(row.ships_on), 8, True),
    "郵便種別": (lambda row: "9" if row.service == "yupacket" else "0", 1, True),
    "保冷種別": (_always("0"), 1, True),
    "元／着払／代引": (lambda row: "0" if row.cash_minor is None else "2", 1, True),
    "お届け先 郵便番号": (_to(lambda of: postal(of.postal_code)), 8, True),
    "お届け先 住所１": (_to(_of_lines(_whole, 50, 3, 0)), 50, True),
    "お届け先 住所２": (_to(_of_lines(_whole, 50, 3, 1)), 50, False),
    "お届け先 住所３": (_to(_of_lines(_whole, 50, 3, 2)), 50, False),
    "お届け先 名称１": (_to(_of_lines(lambda of: of.name, 50, 2, 0)), 50, True),
    "お届け先 名称２": (_to(_of_lines(lambda of: of.name, 50, 2, 1)), 50, False),
    "お届け先 敬称区分": (_always("0"), 1, False),
    "お届け先 電話番号": (_to(lambda of: phone(of.phone)), 20, True),
    "ご依頼主 郵便番号": (_from(lambda of: postal(of.postal_code)), 8, True),
    "ご依頼主 住所１": (_from(_of_lines(_whole, 50, 3, 0)), 50, True),
    "ご依頼主 住所２": (_from(_of_lines(_whole, 50, 3, 1)), 50, False),
    "ご依頼主 住所３": (_from(_of_lines(_whole, 50, 3, 2)), 50, False),
    "ご依頼主 名称１": (_from(_of_lines(lambda of: of.name, 50, 2, 0)), 50, True),
    "ご依頼主 名称２": (_from(_of_lines(lambda of: of.name, 50, 2, 1)), 50, False),
    "ご依頼主 電話番号": (_from(lambda of: phone(of.phone)), 20, True),
    "こわれもの区分": (_always("0"), 1, False),
    "なまもの区分": (_always("0"), 1, False),
    "ビン類区分": (_always("0"), 1, False),
    "逆さま厳禁区分": (_always("0"), 1, False),
    "下積み厳禁区分": (_always("0"), 1, False),
    "商品サイズ区分": (_size, 3, False),
    "重量合計（ｇ）": (lambda row: str(row.weight_g) if row.weight_g else "", 8, False),
    "配達指定日／希望日": (lambda row: _wished(row, _packed), 8, False),
    "配達時間帯区分": (lambda row: row.window or "00", 2, False),
    "複数個口数": (_always("1"), 2, False),
    "フリー項目０１": (lambda row: row.reference, 60, False),
    "代引金額": (lambda row: _yen(row.cash_minor), 7, False),
    "代引消費税金額": (lambda row: _yen(row.cash_tax_minor), 7, False),
    "品名": (lambda row: row.contents, 60, True),
    "個数": (_always("1"), 3, False),
}


_B2_NAMES: Final = (
    "お客様管理番号",
    "送り状種類",
    "クール区分",
    "伝票番号",
    "出荷予定日",
    "お届け予定日",
    "配達時間帯",
    "お届け先コード",
    "お届け先電話番号",
    "お届け先電話番号枝番",
    "お届け先郵便番号",
    "お届け先住所",
    "お届け先アパートマンション名",
    "お届け先会社・部門１",
    "お届け先会社・部門２",
    "お届け先名",
    "お届け先名(ｶﾅ)",
    "敬称",
    "ご依頼主コード",
    "ご依頼主電話番号",
    "ご依頼主電話番号枝番",
    "ご依頼主郵便番号",
    "ご依頼主住所",
    "ご依頼主アパートマンション",
    "ご依頼主名",
    "ご依頼主名(ｶﾅ)",
    "品名コード１",
    "品名１",
    "品名コード２",
    "品名２",
    "荷扱い１",
    "荷扱い２",
    "記事",
    "ｺﾚｸﾄ代金引換額（税込)",
    "内消費税額等",
    "止置き",
    "営業所コード",
    "発行枚数",
    "個数口表示フラグ",
    "請求先顧客コード",
    "請求先分類コード",
    "運賃管理番号",
    "クロネコwebコレクトデータ登録",
    "クロネコwebコレクト加盟店番号",
    "クロネコwebコレクト申込受付番号１",
    "クロネコwebコレクト申込受付番号２",
    "クロネコwebコレクト申込受付番号３",
    "お届け予定ｅメール利用区分",
    "お届け予定ｅメールe-mailアドレス",
    "入力機種",
    "お届け予定ｅメールメッセージ",
    "お届け完了ｅメール利用区分",
    "お届け完了ｅメールe-mailアドレス",
    "お届け完了ｅメールメッセージ",
    "クロネコ収納代行利用区分",
    "予備",
    "収納代行請求金額(税込)",
    "収納代行内消費税額等",
    "収納代行請求先郵便番号",
    "収納代行請求先住所",
    "収納代行請求先住所（アパートマンション名）",
    "収納代行請求先会社・部門名１",
    "収納代行請求先会社・部門名２",
    "収納代行請求先名(漢字)",
    "収納代行請求先名(カナ)",
    "収納代行問合せ先名(漢字)",
    "収納代行問合せ先郵便番号",
    "収納代行問合せ先住所",
    "収納代行問合せ先住所（アパートマンション名）",
    "収納代行問合せ先電話番号",
    "収納代行管理番号",
    "収納代行品名",
    "収納代行備考",
    "複数口くくりキー",
    "検索キータイトル1",
    "検索キー1",
    "検索キータイトル2",
    "検索キー2",
    "検索キータイトル3",
    "検索キー3",
    "検索キータイトル4",
    "検索キー4",
    "検索キータイトル5",
    "検索キー5",
    "予備",
    "予備",
    "投函予定メール利用区分",
    "投函予定メールe-mailアドレス",
    "投函予定メールメッセージ",
    "投函完了メール（お届け先宛）利用区分",
    "投函完了メール（お届け先宛）e-mailアドレス",
    "投函完了メール（お届け先宛）メールメッセージ",
    "投函完了メール（ご依頼主宛）利用区分",
    "投函完了メール（ご依頼主宛）e-mailアドレス",
    "投函完了メール（ご依頼主宛）メールメッセージ",
)


def _numbered(name: str, count: int) -> tuple[str, ...]:
    """``編集０１`` and so on, in full-width digits."""
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    return tuple(name + f"{index:02d}".translate(wide) for index in range(1, count + 1))


_EHIDEN_NAMES: Final = (
    "お届け先コード取得区分",
    "お届け先コード",
    "お届け先電話番号",
    "お届け先郵便番号",
    "お届け先住所１",
    "お届け先住所２",
    "お届け先住所３",
    "お届け先名称１",
    "お届け先名称２",
    "お客様管理番号",
    "お客様コード",
    "部署ご担当者コード取得区分",
    "部署ご担当者コード",
    "部署ご担当者名称",
    "荷送人電話番号",
    "ご依頼主コード取得区分",
    "ご依頼主コード",
    "ご依頼主電話番号",
    "ご依頼主郵便番号",
    "ご依頼主住所１",
    "ご依頼主住所２",
    "ご依頼主名称１",
    "ご依頼主名称２",
    "荷姿",
    "品名１",
    "品名２",
    "品名３",
    "品名４",
    "品名５",
    "荷札荷姿",
    "荷札品名１",
    "荷札品名２",
    "荷札品名３",
    "荷札品名４",
    "荷札品名５",
    "荷札品名６",
    "荷札品名７",
    "荷札品名８",
    "荷札品名９",
    "荷札品名１０",
    "荷札品名１１",
    "出荷個数",
    "スピード指定",
    "クール便指定",
    "配達日",
    "配達指定時間帯",
    "配達指定時間（時分）",
    "代引金額",
    "消費税",
    "決済種別",
    "保険金額",
    "指定シール１",
    "指定シール２",
    "指定シール３",
    "営業所受取",
    "SRC区分",
    "営業所受取営業所コード",
    "元着区分",
    "メールアドレス",
    "ご不在時連絡先",
    "出荷日",
    "お問い合せ送り状No.",
    "出荷場印字区分",
    "集約解除指定",
    *_numbered("編集", 10),
)

_YUPURI_NAMES: Final = (
    "お客様側管理番号",
    "発送予定日",
    "発送予定時間区分",
    "出荷期限日",
    "到着期限日",
    "郵便種別",
    "保冷種別",
    "元／着払／代引",
    "書留／セキュリティ／特定記録種別",
    "配達時間帯指定郵便種別",
    "送り状種別",
    "お届け先 コード",
    "お届け先 郵便番号",
    "お届け先 住所１",
    "お届け先 住所２",
    "お届け先 住所３",
    "お届け先 名称１",
    "お届け先 名称２",
    "お届け先 敬称区分",
    "お届け先 電話番号",
    "お届け先 メールアドレス１",
    "お届け先 局留め区分",
    "お届け先 局留め郵便局名",
    "お届け先 局留めメール使用区分",
    "お届け先 局留め郵便番号",
    "お届け先 配達予告メール使用区分",
    "お届け先 再配達予告メール使用区分",
    "ご依頼主 コード",
    "ご依頼主 集荷先と同一区分",
    "ご依頼主 郵便番号",
    "ご依頼主 住所１",
    "ご依頼主 住所２",
    "ご依頼主 住所３",
    "ご依頼主 名称１",
    "ご依頼主 名称２",
    "ご依頼主 敬称",
    "ご依頼主 電話番号",
    "ご依頼主 メールアドレス１",
    "ご依頼主 荷送人指図区分",
    "ご依頼主 お届け通知メール使用区分",
    "ご依頼主 お届け通知はがき使用区分",
    "集荷先 コード",
    "集荷先 連携可否区分",
    "集荷先 会社コード",
    "集荷先 依頼先店所コード",
    "集荷先 郵便番号",
    "集荷先 住所１",
    "集荷先 住所２",
    "集荷先 住所３",
    "集荷先 名称１",
    "集荷先 名称２",
    "集荷先 敬称",
    "集荷先 電話番号",
    "受注番号",
    "こわれもの区分",
    "なまもの区分",
    "ビン類区分",
    "逆さま厳禁区分",
    "下積み厳禁区分",
    "商品サイズ区分",
    "重量合計（ｇ）",
    "25kg超重量物区分",
    "損害要償額",
    "速達・配達日指定種別",
    "配達指定日／希望日",
    "配達時間帯区分",
    "差出方法区分",
    "ゆうパック複数個割引",
    "ゆうパック同一割引",
    "セット商品コード",
    "セット品名ラベル印字区分",
    "複数個口数",
    "記事名１",
    "記事名２",
    *_numbered("フリー項目", 10),
    "空港利用区分",
    "空港・局／支店名",
    "航空会社名",
    "利用便名",
    "レジャー区分",
    "プレー・搭乗日",
    "プレー・搭乗時間",
    "クラブ本数",
    "復路集貨日",
    "出荷先登録名",
    "集荷希望区分",
    "集荷日付",
    "集荷時間帯区分",
    "支店連携先選択用名称",
    "代引金額",
    "代引消費税金額",
    "送り状発行年月日",
    "商品番号",
    "品名",
    "個数",
    "重量（ｇ）",
    "単価",
    "金額",
    *_numbered("商品備考", 10),
)
