"""Every setting: its type, its default, its words. ``docs/settings.md`` is written from here."""

import dataclasses
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from oms_service.adapters.files.place import Bucket
from oms_service.adapters.oidc import provider as oidc
from oms_service.adapters.oidc.provider import Provider
from oms_service.conversations.attachments import Rules as AttachmentRules
from oms_service.conversations.states import ByMail
from oms_service.documents.issuer import Issuer
from oms_service.kernel.languages import Language
from oms_service.kernel.registration import registration_number

MEGABYTE: Final = 1024 * 1024


class BadSetting(Exception):
    """A setting that stops start-up; the message names it."""


def _text(value: str) -> str:
    return value


def _secret(value: str) -> str:
    if len(value) < 32:  # noqa: PLR2004 - 32 characters is what the message says
        raise ValueError("must have at least 32 characters")
    return value


def _whole(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError("must be a whole number") from None


def _port(value: str) -> int:
    number = _whole(value)
    if not 1 <= number <= 65_535:  # noqa: PLR2004 - the range of ports
        raise ValueError("must be a port from 1 to 65535")
    return number


def _count(value: str) -> int:
    number = _whole(value)
    if number < 1:
        raise ValueError("must be 1 or more")
    return number


def _count_to(most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = _count(value)
        if number > most:
            raise ValueError(f"must be {most} or less")
        return number

    return parse


def _count_or_none(value: str) -> int:
    number = _whole(value)
    if number < 0:
        raise ValueError("must be 0 or more")
    return number


def _flag(value: str) -> bool:
    if value.lower() not in {"0", "1", "true", "false", "yes", "no", ""}:
        raise ValueError("must be 1 or 0")
    return value.lower() in {"1", "true", "yes"}


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value and urlsplit(value).scheme not in schemes:
            raise ValueError(f"must start with {' or '.join(f'{s}:' for s in schemes)}")
        return value.rstrip("/")

    return parse


def _model_url(value: str) -> str:
    """What is asked there may be read on the way, unless it stays on this machine."""
    if not value:
        return ""
    parts = urlsplit(value)
    is_here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise ValueError("must start with https:, or http: on this very machine")
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("must be a plain address, without a user, a query or a fragment")
    return value.rstrip("/")


def _sms_body(value: str) -> Mapping[str, Any]:
    """The shape is looked at when the house starts, not when the first message leaves."""
    try:
        shape = json.loads(value)
    except ValueError:
        raise ValueError("must be JSON") from None
    if not isinstance(shape, dict) or not all(
        f'"{{{name}}}"' in json.dumps(shape) for name in ("to", "text")
    ):
        raise ValueError('must be a JSON object with "{to}" and "{text}" among its values')
    return MappingProxyType(shape)


def _files_url(value: str) -> str:
    if value:
        Bucket.from_url(value)
    return value


def _zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("must be a time zone such as Asia/Tokyo") from None


def _language(value: str) -> Language:
    if value not in set(Language):
        raise ValueError("must be ja or en")
    return Language(value)


def _address(value: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in value.split("|"))
    if value and not 3 <= len(parts) <= 4:  # noqa: PLR2004 - as the message says
        raise ValueError("must be region|city|street or region|city|street|building")
    return parts if value else ()


def _country(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise ValueError("must be two capital letters such as JP")
    return value


def _code(value: str) -> str:
    if not re.fullmatch(r"[0-9-]{0,20}", value):
        raise ValueError("must be digits and hyphens")
    return value


def _origins(value: str) -> tuple[str, ...]:
    for one in value.split():
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?", one):
            raise ValueError("must be origins such as https://shop.example, separated by spaces")
    return tuple(value.split())


def _secrets(value: str) -> Mapping[str, str]:
    pairs = [item.partition("=") for item in value.split()]
    if not all(slug and len(secret) >= 16 for slug, _, secret in pairs):  # noqa: PLR2004 - as said
        raise ValueError("must be slug=secret pairs with secrets of at least 16 characters")
    return MappingProxyType({slug: secret for slug, _, secret in pairs})


def _rate(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,8}/(second|minute|hour|day)", value):
        raise ValueError("must be a count and a time such as 1200/minute")
    return value


def _reply_address(value: str) -> str:
    if value and not re.fullmatch(r"[a-z0-9._+-]*\{token\}[a-z0-9._-]*@[a-z0-9.-]+", value):
        raise ValueError("must be an address in small letters with {token} before its @")
    return value


def _by_mail(value: str) -> ByMail:
    if value not in set(ByMail):
        raise ValueError("must be open or refuse")
    return ByMail(value)


def _chat_identity(value: str) -> frozenset[str]:
    ways = frozenset(value.split())
    if not ways <= {"name+postal", "mail+postal"}:
        raise ValueError("must be name+postal, mail+postal or both")
    return ways


def _port_or_none(value: str) -> int:
    return _port(value) if value else 0


def _line_account(value: str) -> str:
    if not re.fullmatch(r"(@[A-Za-z0-9._-]{1,40})?", value):
        raise ValueError("must begin with @")
    return value


def _domains(value: str) -> Mapping[str, str]:
    pairs = [item.partition("=") for item in value.split()]
    if not all(re.fullmatch(r"[a-z0-9.-]+\.[a-z]{2,}", name) and role for name, _, role in pairs):
        raise ValueError("must be domain=role pairs such as shop.example=agent")
    return MappingProxyType({name: role for name, _, role in pairs})


def _level(value: str) -> str:
    if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return value.upper()


def _setting(env: str, words: str, parse: Callable[[str], Any], default: str | None = None) -> Any:
    """A field read from ``env``; without a default the variable must be set."""
    shape = {"env": env, "words": words, "parse": parse, "default": default}
    return field(repr=False, metadata=shape)  # keys are among them, and a repr gets into logs


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What one process is told from outside; ``from_env`` reads it."""

    database_url: str = _setting(
        "DATABASE_URL",
        "PostgreSQL of the shop. `oms up` starts an embedded one when this is empty.",
        _url("postgresql", "postgres"),
    )
    redis_url: str = _setting(
        "REDIS_URL",
        "Valkey or Redis for queues and wake-ups. `oms up` starts an embedded one when empty.",
        _url("redis", "rediss", "unix"),
    )
    secret_key: str = _setting(
        "SECRET_KEY",
        "Signs sessions and links; at least 32 characters; the same for all processes.",
        _secret,
    )
    state_dir: Path = _setting(
        "STATE_DIR", "Folder for what the embedded parts keep.", Path, ".oms"
    )
    port: int = _setting("PORT", "Port of the web process.", _port, "8000")
    streams_port: int = _setting(
        "STREAMS_PORT",
        "Port of the streams process; the demo takes the one after PORT.",
        _port,
        "8001",
    )
    web_workers: int = _setting(
        "WEB_WORKERS",
        "How many processes answer pages, 1 to 64: about one a core.",
        _count_to(64),
        "2",
    )
    public_url: str = _setting(
        "PUBLIC_URL",
        "Where people reach the shop, for links in messages.",
        _url("http", "https"),
        "http://localhost:8000",
    )
    streams_url: str = _setting(
        "STREAMS_URL",
        "Where browsers reach the streams process; empty means below PUBLIC_URL, by a proxy.",
        _url("http", "https"),
        "",
    )
    embed_origins: tuple[str, ...] = _setting(
        "EMBED_ORIGINS",
        "Origins that may show the chat in a frame, separated by spaces.",
        _origins,
        "",
    )
    shop_name: str = _setting(
        "SHOP_NAME",
        "The shop's name on pages and messages, unless one was chosen on a page.",
        _text,
        "みなと商店",
    )
    legal_name: str = _setting(
        "SHOP_LEGAL_NAME",
        "Who issues invoices and sends parcels; empty means SHOP_NAME.",
        _text,
        "",
    )
    registration_number: str = _setting(
        "SHOP_REGISTRATION_NUMBER",
        "Number of an issuer of qualified invoices, T and 13 digits; "
        "empty: invoices do not claim to be qualified.",
        registration_number,
        "",
    )
    country: str = _setting("SHOP_COUNTRY", "The shop's country, two letters.", _country, "JP")
    postal_code: str = _setting(
        "SHOP_POSTAL_CODE", "The shop's postal code, on documents and labels.", _code, ""
    )
    address: tuple[str, ...] = _setting(
        "SHOP_ADDRESS",
        "The shop's address on documents and labels: region, city, street, building, each after a "
        "vertical bar but the first.",
        _address,
        "",
    )
    phone: str = _setting("SHOP_PHONE", "The shop's phone, on documents and labels.", _code, "")
    yamato_customer_code: str = _setting(
        "YAMATO_CUSTOMER_CODE",
        "Customer code that Yamato bills (ご請求先顧客コード), for B2 Cloud files.",
        _code,
        "",
    )
    yamato_rate_number: str = _setting(
        "YAMATO_RATE_NUMBER", "Number of the rate agreed with Yamato (運賃管理番号).", _code, "01"
    )
    sagawa_customer_code: str = _setting(
        "SAGAWA_CUSTOMER_CODE",
        "Customer code at Sagawa (お客様コード), for e-Hiden files.",
        _code,
        "",
    )
    easypost_api_key: str = _setting(
        "EASYPOST_API_KEY",
        "Key of EasyPost, which sells labels; empty: none are bought.",
        _text,
        "",
    )
    easypost_url: str = _setting(
        "EASYPOST_URL",
        "Where EasyPost answers.",
        _url("http", "https"),
        "https://api.easypost.com/v2",
    )
    easypost_carriers: tuple[str, ...] = _setting(
        "EASYPOST_CARRIERS",
        "Our codes of the carriers whose labels EasyPost sells, separated by spaces.",
        lambda value: tuple(value.split()),
        "usps ups fedex dhl",
    )
    zone: ZoneInfo = _setting("SHOP_ZONE", "The shop's time zone.", _zone, "Asia/Tokyo")
    language: Language = _setting(
        "SHOP_LANGUAGE", "Language where nothing says otherwise: ja or en.", _language, "ja"
    )
    demo: bool = _setting(
        "DEMO", "1 shows what only a demo should: sign-in hints and the mailbox page.", _flag, "0"
    )
    smtp_url: str = _setting(
        "SMTP_URL",
        "Mail server, smtp://user:password@host:587 (STARTTLS) or smtps://; "
        "empty keeps mail as files in STATE_DIR/mail.",
        _url("smtp", "smtps"),
        "",
    )
    mail_from: str = _setting("MAIL_FROM", "Sender of the shop's mail.", _text, "desk@shop.example")
    mail_per_minute: int = _setting(
        "MAIL_PER_MINUTE",
        "Messages a minute that the mail server takes from all workers together; 0: no limit.",
        _count_or_none,
        "0",
    )
    mail_reply_address: str = _setting(
        "MAIL_REPLY_ADDRESS",
        "Where customers' answers go, with {token} before its @, such as "
        "desk+{token}@shop.example; whatever reaches it must come in by MAIL_IN_URL or by the "
        "hook ([mail.md](mail.md)). Empty: mail says that answers are not read.",
        _reply_address,
        "",
    )
    mail_in_url: str = _setting(
        "MAIL_IN_URL",
        "Mailbox to read mail from, imaps://user:password@host/INBOX; imap: goes by STARTTLS. "
        "Empty: none is read.",
        _url("imap", "imaps"),
        "",
    )
    mail_in_secret: str = _setting(
        "MAIL_IN_SECRET",
        "Secret that signs mail handed in at /hooks/mail; at least 32 characters. "
        "Empty: the hook is unknown.",
        lambda value: _secret(value) if value else "",
        "",
    )
    mail_in_mb: int = _setting("MAIL_IN_MB", "Megabytes one mail may have.", _count_to(50), "25")
    mail_in_per_hour: int = _setting(
        "MAIL_IN_PER_HOUR",
        "Mails of one sender that are taken in an hour; what is beyond waits until there is room.",
        _count_to(10_000),
        "20",
    )
    mail_in_customers: ByMail = _setting(
        "MAIL_IN_CUSTOMERS",
        "What new mail of customers becomes: open a case, or refuse with a polite answer.",
        _by_mail,
        "open",
    )
    mail_in_strangers: ByMail = _setting(
        "MAIL_IN_STRANGERS",
        "The same for senders whom nobody knows.",
        _by_mail,
        "open",
    )
    mail_in_server: str = _setting(
        "MAIL_IN_SERVER",
        "Name under which the shop's own mail server writes Authentication-Results. Empty: what "
        "such a header says is not believed.",
        _text,
        "",
    )
    carrier_webhook_secrets: Mapping[str, str] = _setting(
        "CARRIER_WEBHOOK_SECRETS",
        "Secrets carriers sign their calls with: yamato=... sagawa=..., separated by spaces; "
        "a carrier without one is refused.",
        _secrets,
        "",
    )
    scan_source_keys: Mapping[str, str] = _setting(
        "SCAN_SOURCE_KEYS",
        "Keys that scan sources want when they are asked, by the host that is asked, with its port "
        "if the address has one: api.partner.example=..., separated by spaces. No other host gets "
        "them, whatever address a mapping names.",
        _secrets,
        "",
    )
    stripe_api_key: str = _setting(
        "STRIPE_API_KEY",
        "Secret key of the shop's Stripe account; empty means that cards are settled by hand.",
        _text,
        "",
    )
    stripe_api_url: str = _setting(
        "STRIPE_API_URL",
        "Where Stripe's API is; empty means Stripe's own address.",
        _url("http", "https"),
        "",
    )
    payment_webhook_secrets: Mapping[str, str] = _setting(
        "PAYMENT_WEBHOOK_SECRETS",
        "Secrets payment providers sign their calls with: stripe=whsec_..., separated by spaces; "
        "a provider without one is refused.",
        _secrets,
        "",
    )
    webhooks_private: bool = _setting(
        "WEBHOOKS_PRIVATE",
        "1 lets webhooks and web push go over plain HTTP and to addresses of private networks; "
        "for development only.",
        _flag,
        "0",
    )
    push_contact: str = _setting(
        "PUSH_CONTACT",
        "Whom the push services of browsers may write to about what the shop sends them: mailto: "
        "or https: ([push.md](push.md)). Empty: MAIL_FROM.",
        _url("mailto", "https"),
        "",
    )
    api_rate: str = _setting(
        "API_RATE", "Requests one API key may make, such as 1200/minute.", _rate, "1200/minute"
    )
    reply_undo_s: int = _setting(
        "REPLY_UNDO_S",
        "Seconds for which an agent's answer can be undone before it leaves; 0 sends at once.",
        _count_or_none,
        "10",
    )
    chat_identity: frozenset[str] = _setting(
        "CHAT_IDENTITY",
        "Further ways in which customers may show in the chat who they are, separated by spaces: "
        "name+postal, mail+postal. Empty: an order number with a proof of it, or a code by mail.",
        _chat_identity,
        "",
    )
    model_url: str = _setting(
        "MODEL_URL",
        "Where a language model answers as OpenAI's does, up to and without /chat/completions; "
        "over https unless it runs on this machine. Empty: none is ever asked "
        "([model.md](model.md)).",
        _model_url,
        "",
    )
    model_name: str = _setting(
        "MODEL_NAME", "What the model is called at its endpoint.", _text, "default"
    )
    model_key: str = _setting(
        "MODEL_KEY", "Key of the model's endpoint; empty where it wants none.", _text, ""
    )
    model_picks: bool = _setting(
        "MODEL_PICKS",
        "1 asks the model which wish was meant where the chat itself is unsure.",
        _flag,
        "1",
    )
    model_tools: bool = _setting(
        "MODEL_TOOLS",
        "1 lets the model look up, before it picks, what a customer who has shown who they are "
        "may see.",
        _flag,
        "0",
    )
    model_rephrases: bool = _setting(
        "MODEL_REPHRASES",
        "1 lets the model put answers in its own words, as far as they say the very same.",
        _flag,
        "0",
    )
    model_timeout_ms: int = _setting(
        "MODEL_TIMEOUT_MS",
        "Milliseconds that one message may wait for the model in all.",
        _count_to(5500),
        "4000",
    )
    model_calls: int = _setting(
        "MODEL_CALLS_A_DAY",
        "Calls of the model a day; then it is off until midnight in SHOP_ZONE.",
        _count_to(10_000_000),
        "2000",
    )
    model_tokens: int = _setting(
        "MODEL_TOKENS_A_DAY",
        "Tokens a day, what is asked and what is answered together; then it is off as well.",
        _count_to(1_000_000_000_000),
        "2000000",
    )
    mcp_port: int = _setting(
        "MCP_PORT",
        "Port of the process that other people's agents connect to ([mcp.md](mcp.md)). Empty: "
        "`oms up` does not start it.",
        _port_or_none,
        "",
    )
    mcp_url: str = _setting(
        "MCP_URL",
        "Where agents reach that process from outside, such as https://desk.shop.example/mcp; "
        "customers are shown it where they make tokens. Empty: they cannot make any.",
        _url("http", "https"),
        "",
    )
    line_channel_secret: str = _setting(
        "LINE_CHANNEL_SECRET",
        "Secret of the shop's Messaging API channel, which signs what LINE sends; "
        "LINE is off without it and LINE_CHANNEL_TOKEN.",
        _text,
        "",
    )
    line_channel_token: str = _setting(
        "LINE_CHANNEL_TOKEN", "Long-lived access token of that channel.", _text, ""
    )
    line_account: str = _setting(
        "LINE_ACCOUNT",
        "Basic id of the shop's LINE account, such as @minato; pages lead to it.",
        _line_account,
        "",
    )
    line_api_url: str = _setting(
        "LINE_API_URL",
        "Where LINE's API is.",
        _url("http", "https"),
        "https://api.line.me",
    )
    line_data_url: str = _setting(
        "LINE_DATA_URL",
        "Where files that customers send on LINE are fetched.",
        _url("http", "https"),
        "https://api-data.line.me",
    )
    line_login_url: str = _setting(
        "LINE_LOGIN_URL",
        "Where LINE asks its users to link their account.",
        _url("http", "https"),
        "https://access.line.me",
    )
    slack_signing_secret: str = _setting(
        "SLACK_SIGNING_SECRET",
        "Signing secret of the shop's Slack app; Slack is off without it and a SLACK_BOT_TOKEN or "
        "a SLACK_CLIENT_ID with its secret ([slack.md](slack.md)).",
        _text,
        "",
    )
    slack_bot_token: str = _setting(
        "SLACK_BOT_TOKEN",
        "Token of the app's bot, where it is installed in one workspace by hand.",
        _text,
        "",
    )
    slack_app_token: str = _setting(
        "SLACK_APP_TOKEN",
        "Token of the app itself, for a shop that Slack cannot reach over https: `oms slack "
        "socket` then fetches what Slack would send.",
        _text,
        "",
    )
    slack_client_id: str = _setting(
        "SLACK_CLIENT_ID", "Id of the app, where workspaces install it themselves.", _text, ""
    )
    slack_client_secret: str = _setting(
        "SLACK_CLIENT_SECRET", "Secret of the app, for the same.", _text, ""
    )
    slack_api_url: str = _setting(
        "SLACK_API_URL",
        "Where Slack's Web API is.",
        _url("http", "https"),
        "https://slack.com/api/",
    )
    slack_install_url: str = _setting(
        "SLACK_INSTALL_URL",
        "Where Slack asks whether to install the app.",
        _url("http", "https"),
        "https://slack.com/oauth/v2/authorize",
    )
    slack_stage_port: int = _setting(
        "SLACK_STAGE_PORT",
        "Port of the Slack that a demo plays itself, shown at /desk/slack; `oms up` chooses one "
        "where no real Slack is set. Empty: there is none.",
        _port_or_none,
        "",
    )
    sms_url: str = _setting(
        "SMS_URL",
        "Where short messages are handed to a provider, as JSON by POST ([sms.md](sms.md)); over "
        "https unless it runs on this machine. Empty: none are sent; a demo shows them.",
        _model_url,
        "",
    )
    sms_token: str = _setting("SMS_TOKEN", "Bearer token of that provider.", _text, "")
    sms_from: str = _setting("SMS_FROM", "Number or name that short messages come from.", _text, "")
    sms_body: Mapping[str, Any] = _setting(
        "SMS_BODY",
        "What is sent there: a JSON object whose values may be {to}, {from}, {text} and "
        "{reference}.",
        _sms_body,
        '{"to":"{to}","from":"{from}","text":"{text}","reference":"{reference}"}',
    )
    sms_id_path: str = _setting(
        "SMS_ID_PATH",
        "Where the provider's answer has its own id of a message, such as messages.0.id.",
        _text,
        "",
    )
    sms_hook_secret: str = _setting(
        "SMS_HOOK_SECRET",
        "Secret that signs what the provider of short messages tells at /hooks/sms; at least 32 "
        "characters. Empty: the hook is unknown.",
        lambda value: _secret(value) if value else "",
        "",
    )
    staff_oidc: tuple[Provider, ...] = _setting(
        "STAFF_OIDC",
        "Providers by which colleagues sign in, slug=issuer,client-id,secret, separated by spaces "
        "([signing-in.md](signing-in.md)).",
        oidc.parse,
        "",
    )
    staff_oidc_domains: Mapping[str, str] = _setting(
        "STAFF_OIDC_DOMAINS",
        "Whom such a provider vouches for at one of these mail domains becomes a colleague with "
        "that role: shop.example=agent, separated by spaces. Empty: only who is one already.",
        _domains,
        "",
    )
    staff_passwords: bool = _setting(
        "STAFF_PASSWORDS",
        "0 lets colleagues sign in by STAFF_OIDC alone.",
        _flag,
        "1",
    )
    staff_second_step_roles: frozenset[str] = _setting(
        "STAFF_SECOND_STEP_ROLES",
        "Roles that sign in with a code of an app as well, separated by spaces; the others may. "
        "Who has none yet sets it up at the next sign-in.",
        lambda value: frozenset(value.split()),
        "",
    )
    customer_oidc: tuple[Provider, ...] = _setting(
        "CUSTOMER_OIDC",
        "Providers by which customers sign in, as for STAFF_OIDC; LINE Login is "
        "line=https://access.line.me,channel-id,channel-secret.",
        oidc.parse,
        "",
    )
    secure_cookies: bool = _setting(
        "SECURE_COOKIES", "1 sends cookies over HTTPS only; set it on every server.", _flag, "0"
    )
    trusted_proxies: int = _setting(
        "TRUSTED_PROXIES",
        "How many proxies in front may say whom a request comes from.",
        _count_or_none,
        "0",
    )
    log_level: str = _setting("LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR.", _level, "INFO")
    pool_size: int = _setting(
        "DATABASE_POOL",
        "Database connections a process keeps; twice as many at need.",
        _count,
        "10",
    )
    effect_lease_s: int = _setting(
        "EFFECT_LEASE_S",
        "Seconds one run of an effect may take; a killed worker's effect comes back after it.",
        _count,
        "60",
    )

    presence_minutes: int = _setting(
        "PRESENCE_MINUTES",
        "Minutes without a request after which a colleague counts as gone and gets no cases.",
        _count_to(1440),
        "30",
    )
    files_url: str = _setting(
        "FILES_URL",
        "Where files of messages are kept: s3+https://KEY:SECRET@host/bucket/prefix?region=...; "
        "empty keeps them in STATE_DIR/files.",
        _files_url,
        "",
    )
    attachment_mb: int = _setting(
        "ATTACHMENT_MB", "Megabytes one file may have.", _count_to(50), "10"
    )
    attachments_per_message: int = _setting(
        "ATTACHMENTS_PER_MESSAGE", "Files one message may bring along.", _count_to(20), "5"
    )
    attachments_mb: int = _setting(
        "ATTACHMENTS_MB",
        "Megabytes of files that one conversation, order or case may have in all.",
        _count_to(10_000),
        "100",
    )
    strangers_mb: int = _setting(
        "STRANGERS_MB",
        "Megabytes of files a day that visitors nobody knows may send in all; one address a tenth.",
        _count_to(100_000),
        "2000",
    )
    attachment_days: int = _setting(
        "ATTACHMENT_DAYS",
        "Days after which files are deleted, counted from when their case was settled, unless the"
        " shop has said otherwise on a page.",
        _count_to(3650),
        "365",
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read every setting.

        Raises:
            BadSetting: one is missing or cannot be read; the message names the variable and
                never quotes its value.
        """
        given = os.environ if environ is None else environ
        read: dict[str, Any] = {item.name: _read(item, given) for item in dataclasses.fields(cls)}
        if not read["staff_passwords"] and not read["staff_oidc"]:
            raise BadSetting("STAFF_PASSWORDS: must be 1 while STAFF_OIDC is empty")
        return cls(**read)

    @property
    def has_line(self) -> bool:
        """Whether the shop is on LINE."""
        return bool(self.line_channel_secret and self.line_channel_token)

    @property
    def has_slack(self) -> bool:
        """Whether colleagues work in Slack."""
        by_install = self.slack_client_id and self.slack_client_secret
        return bool(self.slack_signing_secret and (self.slack_bot_token or by_install))

    @property
    def push_contact_url(self) -> str:
        """Whom push services may write to; never empty."""
        return self.push_contact or f"mailto:{parseaddr(self.mail_from)[1]}"

    @property
    def sms_box(self) -> Path | None:
        """Where a demo without a provider keeps short messages; None elsewhere."""
        is_box = self.demo and not self.sms_url and not self.smtp_url
        return self.state_dir / "sms" if is_box else None

    @property
    def has_sms(self) -> bool:
        """Whether short messages are sent."""
        return bool(self.sms_url) or self.sms_box is not None

    @property
    def reply_address(self) -> str:
        """Where answers to mail go; a demo, whose mail never leaves, has an address of its own."""
        if self.mail_reply_address or self.smtp_url or not self.demo:
            return self.mail_reply_address
        user, _, domain = self.mail_from.lower().rpartition("@")
        return f"{user}+{{token}}@{domain}"

    @property
    def attachment_rules(self) -> AttachmentRules:
        """How much may be sent."""
        return AttachmentRules(
            file_bytes=self.attachment_mb * MEGABYTE,
            per_message=self.attachments_per_message,
            matter_bytes=self.attachments_mb * MEGABYTE,
        )

    @property
    def issuer(self) -> Issuer:
        """Who issues documents and sends parcels."""
        region, city, line1, line2 = (*self.address, "", "", "", "")[:4]
        return Issuer(
            name=self.legal_name or self.shop_name,
            registration=self.registration_number,
            country=self.country,
            postal_code=self.postal_code,
            region=region,
            city=city,
            line1=line1,
            line2=line2,
            phone=self.phone,
        )

    @property
    def streams_base(self) -> str:
        """Where the browser opens streams."""
        return self.streams_url or self.public_url


def _read(item: "dataclasses.Field[Any]", given: Mapping[str, str]) -> object:
    env, default = item.metadata["env"], item.metadata["default"]
    value = given.get(env, "") or default
    if value is None:
        raise BadSetting(f"{env} is not set: {item.metadata['words']}")
    try:
        return item.metadata["parse"](value)
    except ValueError as error:
        raise BadSetting(f"{env}: {error}") from None


HEAD: Final = """# Settings

Every setting is an environment variable, read once at start-up. A bad one stops the process and
is named. This page is written by `oms settings`.

| variable | default | what it does |
|---|---|---|
"""


def as_markdown() -> str:
    """The settings page."""
    rows = [
        f"| `{item.metadata['env']}` | {_shown(item.metadata['default'])} "
        f"| {item.metadata['words']} |"
        for item in dataclasses.fields(Settings)
    ]
    return HEAD + "\n".join(rows) + "\n"


def _shown(default: str | None) -> str:
    if default is None:
        return "must be set"
    return f"`{default}`" if default else "empty"
