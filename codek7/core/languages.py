"""Languages: the codes that files carry as BCP 47 tags (RFC 5646), and their English names.

The table holds every language of ISO 639-1 as "two letters, three letters (ISO 639-2/T), three letters as
libraries write them (639-2/B) where they differ, name", and behind them some that only have three.
"""

from __future__ import annotations

import re
from functools import cache

TABLE = """
aa aar Afar; ab abk Abkhaz; ae ave Avestan; af afr Afrikaans; ak aka Akan; am amh Amharic;
an arg Aragonese; ar ara Arabic; as asm Assamese; av ava Avar; ay aym Aymara; az aze Azerbaijani;
ba bak Bashkir; be bel Belarusian; bg bul Bulgarian; bi bis Bislama; bm bam Bambara; bn ben Bengali;
bo bod tib Tibetan; br bre Breton; bs bos Bosnian; ca cat Catalan; ce che Chechen; ch cha Chamorro;
co cos Corsican; cr cre Cree; cs ces cze Czech; cu chu Church Slavonic; cv chv Chuvash; cy cym wel Welsh;
da dan Danish; de deu ger German; dv div Dhivehi; dz dzo Dzongkha; ee ewe Ewe; el ell gre Greek;
en eng English; eo epo Esperanto; es spa Spanish; et est Estonian; eu eus baq Basque; fa fas per Persian;
ff ful Fula; fi fin Finnish; fj fij Fijian; fo fao Faroese; fr fra fre French; fy fry Western Frisian;
ga gle Irish; gd gla Scottish Gaelic; gl glg Galician; gn grn Guarani; gu guj Gujarati; gv glv Manx;
ha hau Hausa; he heb Hebrew; hi hin Hindi; ho hmo Hiri Motu; hr hrv Croatian; ht hat Haitian Creole;
hu hun Hungarian; hy hye arm Armenian; hz her Herero; ia ina Interlingua; id ind Indonesian;
ie ile Interlingue; ig ibo Igbo; ii iii Nuosu; ik ipk Iñupiaq; io ido Ido; is isl ice Icelandic;
it ita Italian; iu iku Inuktitut; ja jpn Japanese; jv jav Javanese; ka kat geo Georgian; kg kon Kongo;
ki kik Kikuyu; kj kua Kuanyama; kk kaz Kazakh; kl kal Greenlandic; km khm Khmer; kn kan Kannada;
ko kor Korean; kr kau Kanuri; ks kas Kashmiri; ku kur Kurdish; kv kom Komi; kw cor Cornish;
ky kir Kyrgyz; la lat Latin; lb ltz Luxembourgish; lg lug Luganda; li lim Limburgish; ln lin Lingala;
lo lao Lao; lt lit Lithuanian; lu lub Luba-Katanga; lv lav Latvian; mg mlg Malagasy; mh mah Marshallese;
mi mri mao Māori; mk mkd mac Macedonian; ml mal Malayalam; mn mon Mongolian; mr mar Marathi;
ms msa may Malay; mt mlt Maltese; my mya bur Burmese; na nau Nauruan; nb nob Norwegian Bokmål;
nd nde North Ndebele; ne nep Nepali; ng ndo Ndonga; nl nld dut Dutch; nn nno Norwegian Nynorsk;
no nor Norwegian; nr nbl South Ndebele; nv nav Navajo; ny nya Chewa; oc oci Occitan; oj oji Ojibwe;
om orm Oromo; or ori Odia; os oss Ossetian; pa pan Punjabi; pi pli Pali; pl pol Polish; ps pus Pashto;
pt por Portuguese; qu que Quechua; rm roh Romansh; rn run Kirundi; ro ron rum Romanian; ru rus Russian;
rw kin Kinyarwanda; sa san Sanskrit; sc srd Sardinian; sd snd Sindhi; se sme Northern Sami; sg sag Sango;
sh hbs Serbo-Croatian; si sin Sinhala; sk slk slo Slovak; sl slv Slovenian; sm smo Samoan; sn sna Shona;
so som Somali; sq sqi alb Albanian; sr srp Serbian; ss ssw Swazi; st sot Southern Sotho;
su sun Sundanese; sv swe Swedish; sw swa Swahili; ta tam Tamil; te tel Telugu; tg tgk Tajik; th tha Thai;
ti tir Tigrinya; tk tuk Turkmen; tl tgl Tagalog; tn tsn Tswana; to ton Tongan; tr tur Turkish;
ts tso Tsonga; tt tat Tatar; tw twi Twi; ty tah Tahitian; ug uig Uyghur; uk ukr Ukrainian; ur urd Urdu;
uz uzb Uzbek; ve ven Venda; vi vie Vietnamese; vo vol Volapük; wa wln Walloon; wo wol Wolof;
xh xho Xhosa; yi yid Yiddish; yo yor Yoruba; za zha Zhuang; zh zho chi Chinese; zu zul Zulu
"""
THREE_LETTERS = """
ast Asturian; bho Bhojpuri; ceb Cebuano; chr Cherokee; ckb Central Kurdish; fil Filipino;
gsw Swiss German; hak Hakka Chinese; haw Hawaiian; hmn Hmong; hsb Upper Sorbian; kab Kabyle; kok Konkani;
mai Maithili; mni Manipuri; nan Min Nan Chinese; nds Low German; prs Dari; sat Santali; scn Sicilian;
sco Scots; yue Cantonese
"""
OTHER_CODES = {
    "cmn": "zh", "in": "id", "iw": "he", "ji": "yi", "mo": "ro", "mol": "ro", "pb": "pt-BR", "pes": "fa",
    "pob": "pt-BR", "scc": "sr", "scr": "hr",
}  # fmt: skip
"""Retired codes, those that are part of a larger language, and what subtitle sites write."""
SAYS_NOTHING = frozenset(("und", "unk", "mis", "mul", "zxx", "xxx", "qaa"))
SCRIPTS = {
    "Arab": "Arabic", "Cyrl": "Cyrillic", "Deva": "Devanagari", "Hans": "Simplified", "Hant": "Traditional",
    "Latn": "Latin",
}  # fmt: skip

_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3})){0,4})"
)


def language_tag(code: str) -> str:
    """The BCP 47 tag of a code as files carry it: "ger" is "de", "pt_br" is "pt-BR".

    "" for what is no tag or says nothing ("und"). A well-formed tag with a language unknown here is kept.
    """
    match = _TAG.fullmatch(code.strip().lower().replace("_", "-"))
    if match is None or match["language"] in SAYS_NOTHING:
        return ""
    language = _two_letters().get(match["language"], match["language"])
    script, region = (match["script"] or "").title(), (match["region"] or "").upper()
    subtags = [*language.split("-")[: 1 if region or script else 2], script, region]
    return "-".join(filter(None, subtags)) + match["variants"]


def language_name(tag: str) -> str:
    """What to call a language in a menu: "English", "Portuguese (BR)"; "Unknown" for "", and a tag whose
    language is unknown here is its own name."""
    if not tag:
        return "Unknown"
    language, *rest = tag.split("-")
    name = _names().get(language)
    if name is None:
        return tag
    return f"{name} ({', '.join(SCRIPTS.get(part, part) for part in rest)})" if rest else name


@cache
def _rows() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Codes and name of each entry, the tag's code first."""
    entries = re.split(r";\s*", f"{TABLE.strip()};{THREE_LETTERS.strip()}")
    codes = [re.match(r"(?:[a-z]{2,3} )+", entry) for entry in entries]
    return tuple(
        (tuple(match[0].split()), entry[match.end() :])
        for match, entry in zip(codes, entries, strict=True)
        if match
    )


@cache
def _two_letters() -> dict[str, str]:
    return {code: codes[0] for codes, _ in _rows() for code in codes} | OTHER_CODES


@cache
def _names() -> dict[str, str]:
    return {codes[0]: name for codes, name in _rows()}
