"""How English sentences frame what they name: asked, supposed, uncertain, past, or about somebody else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lmcli.expert.language.english.words import MARKS, wordset
from lmcli.expert.language.reading import IF, PAST, PERSON, QUESTION, UNSURE

_AUXILIARY = (
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|may|might|shall)"
)
_SUBJECT = (r"(?:i|you|he|she|it|they|we|the|a|an|my|your|his|her|its|their|our|this|that|there|these|those|\d\S*|any|"
            r"some|fever|everybody|someone)")  # fmt: skip
_ASKING = re.compile(
    r"(?:so |and |but |, )*"
    rf"(?:(?:what|who|whom|whose|which|why)\b|(?:how|when|where) (?:{_AUXILIARY}|much|many|long|high)\b"
    rf"|{_AUXILIARY}(?:n't)? {_SUBJECT}\b(?! \d))"
)
_IF = re.compile(
    r"\b(?:if|unless|suppose|supposing|imagine|assuming|in case|provided|were i|should i|had i|whenever"
    r"|never\b.*\bwhen|only when|in the event)\b"
)
_UNSURE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|might|likely|unlikely|unsure|uncertain|whether|wonder(?:ing)?|hardly"
    r"|barely|afraid|fear(?:ed)? (?:that|i|of)|worr(?:y|ied)|hope|wish|guess|suspect|suspected|apparently|supposedly"
    r"|rarely|seldom|sometimes think|not (?:sure|certain|clear)|no idea|nothing (?:helps|about)|as though|risk of"
    r"|(?:don't|do not|cannot|didn't) (?:know|tell|remember|say)|(?:could|would|should) (?:be|have|get|become)"
    r"|(?:don't|do not|never) want|avoid|prevent|against|may (?:be|have|get|become|also|not)|wouldn't|in theory"
    r"|(?:everything|anything|all|every \w+)\b.*\bexcept)\b"
)
_DAY = (r"(?:night|week|weekend|month|year|winter|spring|summer|autumn|fall|monday|tuesday|wednesday|thursday|friday|"
        r"saturday|sunday|time|christmas|january|february|march|april|may|june|july|august|september|october|november|"
        r"december)")  # fmt: skip
_PAST = re.compile(
    rf"\b(?:yesterday|used to|ago|last {_DAY}|previously|formerly|in the past|in (?:19|20)\d\d|back then|once had"
    r"|as (?:a )?(?:child|kid|baby|teenager|student)|when i was|when (?:he|she) was|years before|the other day"
    r"|earlier (?:this|that) (?:week|month|year)|before$|in (?:my|his|her) (?:childhood|youth)|at that time"
    rf"|those days|tomorrow|next {_DAY}|\w+'ll|will (?:have|get|be|develop|start|soon)|going to (?:have|get|be))\b"
)
_ONGOING = re.compile(
    r"\b(?:since|began|begun|beginning|start(?:ed|s|ing)?|came on|ever since|until now"
    rf"|(?:for|over|in|during|within) the (?:last|past) (?:\w+ )?{_DAY[:-1]}|days|weeks|months|years|hours)s?)\b"
)
_NOW = re.compile(
    r"\b(?:now|today|currently|at the moment|still|this (?:morning|evening|afternoon)|tonight|right now|present)\b"
)
_PRESENT = re.compile(
    r"\b(?:have|has|am|is|are|do|does|don't|doesn't|i'm|i've|isn't|no|without|it's|haven't|hasn't)\b"
)
PERSONS = wordset("""
    son daughter child kid baby boy girl mother father mom mum mommy dad daddy wife husband brother sister
    friend neighbour neighbor colleague boss aunt uncle grandmother grandfather grandma grandpa granny
    cousin nephew niece girlfriend boyfriend partner roommate flatmate classmate teacher coworker toddler
    parents children kids sons daughters brothers sisters friends colleagues twin stepson grandson
    granddaughter doctor nurse fiancee spouse dog cat puppy kitten someone somebody everyone everybody
    anyone people others landlord guy lady woman man family relatives""")
_SAYING = wordset("""
    says said measured measures took takes told tells thinks thought noticed notices found finds checked
    checks gave gives confirmed claims claimed recorded reports reported believes wrote asked""")
_SELF = wordset("i me i'm i've my myself we our i'd mine patient patient's")
_RESTART = wordset("""
    i he she they we it my his her their now there if maybe perhaps today yesterday currently the last previously
    when i'm i've our then""")
_ENDS = {"is", "and", "was", "has", "to", "of", "with", "from", "in", "but", "like"}
_PREPOSITIONS = {"in", "at", "of", "from", "near", "with", "by", "to", "on", "around"}
_BREAKS = wordset("; . ! ? , but although though however yet while whereas")


@dataclass(frozen=True)
class Frames:
    """The frame of each word of one sentence, and whether it speaks of now."""

    reasons: Sequence[str]
    present: Sequence[bool]
    persons: Sequence[str]  # the other person that a word is about, "" for the patient

    def at(self, place: int) -> str:
        """The frame of what stands at a place: "" for what is stated of the patient; `person NAME` of another."""
        person = self.persons[place]
        return self.reasons[place] or (f"{PERSON} {person}" if person else "")


def frames(words: Sequence[str], other: str = "", named: frozenset[int] = frozenset()) -> Frames:
    """The frames of a sentence. other: whom `he` and `she` mean, named in a sentence before.

    named: the places of words that belong to facts, such as `colleague is sick`, and name no other person.
    """
    text = " ".join(words)
    reasons, present = [""] * len(words), [False] * len(words)
    if words[-1:] == ["?"] or _ASKING.match(text):
        return Frames([QUESTION] * len(words), present, [""] * len(words))
    past = False
    supposed = False
    for clause in _clauses(words):
        said = " ".join(words[n] for n in clause)
        now = bool(_NOW.search(said))
        supposed = bool(_IF.search(said)) or (supposed and not now)
        old = bool(_PAST.search(said)) and not _ONGOING.search(said)
        past = old or (past and not now and not _PRESENT.search(said))
        over = PAST if past and (old or not now) else ""
        reason = IF if supposed else UNSURE if _UNSURE.search(said) else over
        for n in clause:
            reasons[n], present[n] = reason, now
    return Frames(reasons, present, _persons(words, other, named))


def _clauses(words: Sequence[str]) -> list[range]:
    """The clauses: parted by marks, by `but`, by `and` before a new subject."""
    found, start = [], 0
    for n, word in enumerate(words):
        following = words[n + 1] if n + 1 < len(words) else ""
        if word in _BREAKS or (word in ("and", "or") and following in _RESTART):
            if n > start:
                found.append(range(start, n))
            start = n
    found.append(range(start, len(words)))
    return found


def _persons(words: Sequence[str], other: str, named: frozenset[int]) -> list[str]:
    """For each word the other person that it is about; "" for the patient."""
    found: list[str] = []
    person = last = other
    for n, word in enumerate(words):
        bare = word.removesuffix("'s")
        if word in _SELF and not _leads_to_person(words, n):
            if not (
                word in ("my", "our") and n and words[n - 1] in _PREPOSITIONS
            ):  # everyone in my office
                person = ""
        elif (
            bare in PERSONS and n not in named and not _reports(words, n) and not _is_self(words, n)
        ):
            person = last = bare
        elif word in ("he", "she", "they", "his", "her", "their", "him", "he's", "she's") and last:
            person = last
        found.append(person)
    return found


def _is_self(words: Sequence[str], place: int) -> bool:
    """Whether a word tells what the speaker is: I am a 30 year old man."""
    before = list(words[max(0, place - 6) : place])
    return ("i'm" in before or "am" in before) and ("a" in before or "an" in before)


def _leads_to_person(words: Sequence[str], place: int) -> bool:
    """Whether `my` belongs to a person: my son, my little sister's."""
    if words[place] not in ("my", "our"):
        return False
    for word in words[place + 1 : place + 6]:
        if word.removesuffix("'s") in PERSONS:
            return True
        if word in MARKS or word in _ENDS:
            return False
    return False


def _reports(words: Sequence[str], place: int) -> bool:
    """Whether a person only reports: the doctor says, my wife measured."""
    if words[place].endswith("'s"):
        return False
    return any(word in _SAYING for word in words[place + 1 : place + 3])
