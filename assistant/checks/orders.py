"""Tells sentences that give orders to a language model: they are quoted when someone asks for them, and never handed to a model.

A model that does not see an order cannot obey it. The forms are those of published collections of prompt injections; a new form
gets through to the model, and its sentence must still pass every check against the material.
"""

import re

_TELL = r"(?:respond|reply|answer|output|print|say|write|repeat|append|state|recommend|cite|claim|insist)"
_READER = r"(?:ai|llm|language model|(?:ai |study )?assistant|chatbot|model|bot|agent)"
_FORMS = (
    r"\b(?:ignore|disregard|forget|override|do not follow|don't follow|stop following|pay no attention to)\b[^.!?\n]{0,50}"
    r"\b(?:instructions?|prompts?|rules|guidelines|directions|previous|above|everything)\b",
    r"\b(?:new|updated|real|actual|secret|hidden|important) (?:system )?(?:instructions?|prompt|orders?) ?:",
    r"(?:^|[\[(*<#])\s{0,20}(?:system|developer|admin(?:istrator)?)\s{0,20}(?:prompt|message|override|instruction|note|mode|"
    r"command)?s?\s{0,20}[:\])>]",
    r"^[\s>*#\"“(\[-]{0,4}(?:system|assistant|user|human|developer|instructions?|admin)[*\]\s]{0,3}:",
    r"\byou (?:are|will act|must act|should act|act) (?:now |as |from now on )+[^.!?\n]{0,40}",
    rf"\b(?:as|if you are|dear|attention,?|note to|message (?:for|to)) (?:an?y? |the |all |"
    rf"this )?{_READER}s?\b[^.!?\n]{{0,10}}[,:]",
    rf"^[\s>*#\"“(-]{{0,4}}(?:to |dear )?(?:an?y? |the |all |this )?{_READER}s?[*\s]{{0,3}}:",
    rf"\b{_READER}s? (?:reading this|that reads? this|who reads? this)\b",
    rf"\b{_READER}s? (?:must|should|shall|needs? to|has to|have to) (?:always |only |never |not )?{_TELL}\b",
    rf"^\W{{0,4}}(?:please |now |instead,? |always |then )*{_TELL}\b[^.!?\n]{{0,30}}"
    r"\b(?:only|exactly|nothing (?:else|but)|the (?:words?|phrase|sentence|following|token)|verbatim|with \W)",
    r"\byour (?:next )?(?:answer|reply|response|output) (?:must|should|shall|has to|needs to|will)\b",
    r"\b(?:when(?:ever)?|if) (?:you are |anyone |somebody |someone |a user |the user |the student |they )?(?:asks?|"
    r"asked)\b[^.!?\n]{0,60}"
    rf"\b{_TELL}\b",
    r"\b(?:reveal|leak|show|print|repeat|forward|send|exfiltrate|"
    r"email)\b[^.!?\n]{0,40}\b(?:your (?:system )?(?:prompt|instructions|rules)|"
    r"system prompt|api keys?|passwords?|this thread|this conversation)\b",
    r"\b(?:ignorier\w*|vergiss|missachte\w*|ignora\w*|olvida\w*|ignorez|oublie\w*|dimentica\w*|antworte\w*|"
    r"responde\w*|répond\w*)\b"
    r"[^.!?\n]{0,60}\b(?:anweisung\w*|instruktion\w*|instruc\w*|istruzion\w*|consignes|regeln|reglas|règles|nur mit|"
    r"solo con|seulement)\b",
    r"<\|?\s*(?:im_start|im_end|system|endoftext)|\[/?INST\]|<</?SYS>>",
)
_ORDER = re.compile("|".join(f"(?:{form})" for form in _FORMS), re.IGNORECASE | re.MULTILINE)


def gives_orders(words: str) -> bool:
    """Whether a text speaks to a language model and tells it what to do."""
    return bool(_ORDER.search(words))
