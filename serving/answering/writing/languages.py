"""How a prompt names the language to answer in."""

from __future__ import annotations

from retrieval.languages import detect_language

# Those that `retrieval.languages` can tell, by ISO 639-1.
_NAMES = {
    "ar": "Arabic", "az": "Azerbaijani", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech",
    "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hu": "Hungarian", "id": "Indonesian",
    "it": "Italian", "ja": "Japanese", "kk": "Kazakh", "ko": "Korean", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sl": "Slovenian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip


def language_name(question: str, code: str | None) -> str:
    """The English name of the wanted language, else of the question's."""
    wanted = code or detect_language(question) or ""
    return _NAMES.get(wanted, "the language of the question")
