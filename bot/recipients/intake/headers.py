# ruff: noqa: RUF001 - letters of other scripts are meant
"""What the columns of people's lists are called, in the languages that they are kept in."""

from enum import StrEnum

from bot.recipients.intake.script import key_of


class Role(StrEnum):
    """What a column is for."""

    PHONE = "phone"
    FULL_NAME = "full name"
    NAME = "name"
    """A name by itself, or the last one where there is a column of first names."""
    FIRST = "first name"
    LAST = "last name"
    ZONE = "time zone"


_WORDS = {
    Role.PHONE: """
        phone; phone number; phonenumber; phone no; phone num; phones; number; numbers; mobile;
        mobile number; mobile no; mobile phone; cell; cell phone; cellphone; cell number; tel;
        tel no; telephone; telephone number; contact number; contact no; msisdn; whatsapp;
        whatsapp number; e164; e 164; primary phone; dial; call;
        teléfono; telefono movil; número; número de teléfono; móvil; celular; nro; núm;
        téléphone; numéro; numéro de téléphone; n° de téléphone; portable; tél; tél portable;
        telefon; telefonnummer; tel nr; rufnummer; handy; handynummer; handy nr; mobil;
        mobilnummer; mobiltelefon; nummer; mobilfunk; mobilfunknummer;
        telefone; telemóvel; número de telefone; cellulare; numero di telefono; numero; recapito;
        telefoon; telefoonnummer; mobiel; gsm; numer; numer telefonu; komórka; telefonní číslo;
        телефон; номер; номер телефона; мобильный; cep; cep telefonu; telefon numarası;
        फोन; फ़ोन; फोन नंबर; फ़ोन नंबर; मोबाइल; मोबाइल नंबर; दूरभाष; नंबर; संपर्क नंबर;
        هاتف; الهاتف; رقم الهاتف; جوال; رقم الجوال; موبايل;
        電話; 電話番号; 携帯; 携帯番号; 电话; 电话号码; 手机; 手机号; 手机号码;
        전화; 전화번호; 휴대폰;
        โทรศัพท์; điện thoại; số điện thoại; nomor telepon; nomor hp; telepon
    """,
    Role.FULL_NAME: """
        full name; fullname; customer name; contact name; client name; display name; person;
        nombre completo; nombre y apellidos; nom complet; nom et prénom; vollständiger name;
        vor und nachname; nome completo; nome e cognome; volledige naam; पूरा नाम; الاسم الكامل
    """,
    Role.NAME: """
        name; names; contact; customer; client; recipient; lead; guest; patient; member;
        nombre; nombres; cliente; contacto; nom; contact; client; kunde; kontakt; ansprechpartner;
        nome; contato; contatto; naam; klant; imię i nazwisko; имя; фио; isim; ad soyad;
        नाम; ग्राहक; ग्राहक का नाम; الاسم; اسم; 名前; 氏名; お名前; 姓名; 名字; 이름; tên; họ tên;
        nama; ชื่อ
    """,
    Role.FIRST: """
        first name; firstname; given name; forename; first; fname; primer nombre; prénom;
        vorname; rufname; primeiro nome; voornaam; imię; jméno; पहला नाम; प्रथम नाम; الاسم الأول;
        nome próprio; ad; 名
    """,
    Role.LAST: """
        last name; lastname; surname; family name; last; lname; apellido; apellidos;
        nom de famille; nachname; familienname; sobrenome; apelido; cognome; achternaam;
        nazwisko; příjmení; фамилия; soyad; उपनाम; अंतिम नाम; कुलनाम; اسم العائلة; اللقب; 姓
    """,
    Role.ZONE: """
        timezone; time zone; tz; iana timezone; iana; zone; zona horaria; huso horario;
        fuseau horaire; zeitzone; fuso horário; fuso orario; tijdzone; strefa czasowa;
        часовой пояс; saat dilimi; समय क्षेत्र; المنطقة الزمنية; 時間帯; 时区; タイムゾーン
    """,
}

_LONGEST_LABEL = 60
_MOST_DIGITS = 3
"""`Phone 2` is a label, `phone: 415 555 0132` isn't."""


def _listed(labels: str) -> list[str]:
    """The keys of labels with semicolons between them."""
    return [key_of(label) for label in labels.split(";")]


_ROLES = {key: role for role, labels in _WORDS.items() for key in _listed(labels)}
_MOBILE_TOKENS = frozenset(
    _listed(
        """mobile; cell; cellphone; whatsapp; celular; móvil; portable; handy; handynummer; mobil;
        mobilnummer; telemóvel; cellulare; मोबाइल; 手机; 携帯"""
    )
)
_PHONE_TOKENS = _MOBILE_TOKENS | frozenset(
    _listed(
        """phone; telephone; tel; msisdn; teléfono; téléphone; telefon; telefonnummer; rufnummer;
        telefone; telefoon; телефон; फोन; फ़ोन"""
    )
)
_ANOTHERS = frozenset(_listed("fax; telefax; emergency; type; typ; ext; extension; country; code"))
"""Words that make another column of it: a fax, an extension, somebody else's number."""


def role_of(label: str) -> Role | None:
    """What a column of this label is for; None where it is none of those."""
    if len(label) > _LONGEST_LABEL or sum(char.isdecimal() for char in label) > _MOST_DIGITS:
        return None
    key = key_of(label)
    tokens = set(key.split("_"))
    if key in _ROLES:
        return _ROLES[key]
    if tokens & _PHONE_TOKENS and not tokens & _ANOTHERS:
        return Role.PHONE
    return None


def preference(label: str) -> int:
    """Which of several columns of phone numbers is meant: the higher. A mobile reaches people."""
    tokens = set(key_of(label).split("_"))
    if tokens & _MOBILE_TOKENS:
        return 2
    return int(bool(tokens & _PHONE_TOKENS))
