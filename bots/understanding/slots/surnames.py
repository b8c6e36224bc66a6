"""Common Japanese family names, and words that stand where a name could and are none."""

from typing import Final

SURNAMES: Final = frozenset(
    """
    佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡邉 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤
    斉藤 齋藤 齊藤 清水 山崎 山﨑 森 池田 橋本 阿部 石川 山下 中島 中嶋 石井 小川 前田 岡田 長谷川 藤田 後藤
    近藤 村上 遠藤 青木 坂本 福田 太田 西村 藤井 金子 岡本 藤原 三浦 中野 中川 原田 松田 竹内 小野 田村 中山
    和田 石田 森田 上田 原 内田 柴田 酒井 宮崎 横山 高木 安藤 宮本 大野 小島 工藤 谷口 今井 高田 増田 丸山
    杉山 村田 大塚 新井 小山 平野 藤本 河野 上野 野口 武田 松井 千葉 菅原 岩崎 木下 久保 佐野 野村 松尾
    市川 菊地 菊池 杉本 古川 大西 島田 水野 桜井 高野 渡部 吉川 山内 西田 飯田 西川 小松 北村 安田 五十嵐
    川口 平田 関 中田 久保田 服部 東 岩田 土屋 川崎 福島 本田 辻 樋口 秋山 田口 永井 山中 中西 吉村 川上
    石原 大橋 松岡 馬場 浜田 森本 星野 矢野 浅野 大島 吉岡 小池 野田 荒木 松村 熊谷 大久保 尾崎 片山 永田
    小野寺 本間 早川 荒井 菅野 横田 小沢 内藤 松下 岡崎 川村 須藤 石橋 星 大石 児玉 広瀬 秋元 栗原 黒田
    堀 望月 奥村 富田 堀田 萩原 岩本 成田 関口 西山 桑原 榎本 田島 北川 今村 三宅 土井 大谷 沢田 相馬 川島
    松原 柳 小泉 平井 八木 浅井 河合 神田 大山 大川 上原 比嘉 金城 宮城 大城 島袋 玉城 豊田 白石 佐久間 根本
    瀬戸 稲垣 飯塚 青山 吉野 米田 杉浦 牧野 金井 川田 川端 川瀬 鎌田 堤 東野 南 西 北 原口 松永 片岡 津田 徳永
    長尾 長田 永野 中井 中尾 中沢 中谷 中原 二宮 西岡 西尾 西野 西本 野崎 野中 橋口 花田 浜崎 早坂 原島 平山
    藤岡 藤川 藤沢 藤村 古田 細川 堀内 堀江 本多 前川 牧 町田 松浦 松崎 三上 三好 水谷 溝口 南野 宮田 宮川
    宮下 向井 村井 村松 村山 森川 森下 山岸 山根 山村 山脇 結城 横井 吉原 若林 鷲尾 石塚 石黒 稲葉 今野 岩井
    岩瀬 植田 植木 江口 榎 大木 大沢 大竹 大友 大平 大森 岡 岡部 岡村 奥田 奥山 落合 小田 鬼塚 加納 笠原 柏木
    梶原 金田 川原 神谷 岸 岸本 北野 木内 木原 黒木 桑田 小西 小森 坂口 坂田 榊原 佐伯 笹川 塩田 篠原 島崎 下田
    城 庄司 白井 進藤 新谷 杉田 高山 高島 滝沢 武井 竹中 竹田 田辺 田代 谷 塚本 戸田 冨田 土田 寺田 寺島 中込
    """.split()
)

#: Words beside a greeting or before です that are no name.
UNLIKELY: Final = frozenset(
    """
    注文 番号 商品 返品 交換 返金 配送 配達 住所 電話 郵便 到着 荷物 発送 大丈夫 結構 以上 必要 不要 希望 無理 本当
    午前 午後 今日 明日 昨日 明後日 最初 最後 全部 両方 両者 一番 青 赤 白 黒 緑 黄色 残念 最悪 心配 不安 迷惑
    確認 変更 追加 支払 決済 現金 代引 銀行 振込 領収 会員 登録 在庫 予約 質問 相談 問題 理由 破損 不良 故障 未着
    佐川 東京 大阪 京都 北海道 私 僕 俺 自分 本人 家族 主人 妻 母 父 娘 息子 会社 客 初心者 学生 こちら それ これ
    あれ どれ はい いいえ そう なし あり まだ もう 次 前 後 上 下 左 右 大 中 小 急ぎ 至急 同じ 別 他 何 誰
    お願い ください わかりません 分かりません 知りません さっき 先日 先程 昨晩 今朝 間違い 普通 通常 土日 平日 週末
    """.split()
) - {"東"}

NO_NAMES: Final = frozenset(
    """
    a about account address after again all also am an and angry annoyed any anyone anything are around as ask asking at
    available back bad because been before best black blue bot broken buy by call can cancel card change checking cheers
    code come confused could customer damaged day days dear delivery did didn disappointed do does don done
    dont down each email english everything exchange fine first for free from furious getting gift give
    glad going good got great green happy has have having he hello help here hi hoping how human i if in
    interested into is it item its january japanese just know large last late later like living looking lost
    love mail me medium mine missing monday more my name need never new next no none not nothing now number
    of off ok okay old on one only or order orders other our out over package paid parcel paypal
    payment phone please postal postcode product quite ready really receive received red refund regarding return
    returning same saturday see sending she should shipping sick size small so some something sorry still
    store street sunday sure talk talking than thank thanks that the their them then there these they thing
    this those thursday tired to today tomorrow too track tracking trying tuesday two unhappy unsure
    until up update upset us usa very visa waiting want wanted wanting was we wednesday week went were what
    when where which white who why will wish with without wondering wrong yes yesterday you your zip
    zipcode december november october september august july june may april march february friday
    yen dollars item's registered customer's mr mrs ms and/or bro under living lives live residing
    cotton leather lamp bottle shirt shoes boots kettle keyboard mouse laptop tablet camera watch speaker desk
    apt suite avenue road drive lane
    """.split()
)
