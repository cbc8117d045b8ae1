"""What is known about spike mats and what is not: studies, myths, and who should ask first. Written for people."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

WIDTH = 100
"""Characters of a line on a terminal."""


@dataclass(frozen=True, slots=True)
class Study:
    """One study in a person's words: design, who and how many, how much of the mat, what was found, which side effects."""

    citation: str
    design: str
    people: str
    dose: str
    found: str
    side_effects: str


STUDIES = (
    Study(
        "Olsson & von Scheele 2011, J Altern Complement Med 17:5-12",
        "randomised crossover, four conditions",
        "32 healthy people",
        "about 20 minutes at a time",
        "Pain was worst within the first 30 seconds and then faded. Relaxation rose in all conditions, also without a mat. The "
        "mat alone did not change breathing.",
        "Blood pressure was higher on the mat.",
    ),
    Study(
        "Kjellgren and others 2011, Altern Med Stud 1:e5",
        "randomised pilot study",
        "36 people with tension pain of neck or back",
        "15 minutes a day, 3 weeks",
        "The worst pain was less. Usual pain, stress, anxiety, mood, energy and sleep were the same.",
        "None.",
    ),
    Study(
        "Hohmann and others 2012, Evid Based Complement Alternat Med 753583",
        "two randomised pilot studies against a waiting list",
        "40 people with neck pain, 42 with back pain",
        "by themselves, 14 days",
        "Pain was less than on the waiting list, where nobody got anything. Disability by neck pain was less, by back pain the "
        "same.",
        "None is named in the abstract.",
    ),
    Study(
        "Saha and others 2016, Eur J Integr Med 8:368-72",
        "one group, nothing to compare with",
        "91 people with low back pain",
        "30 minutes a day, 14 days",
        "There was relief right after lying. After 2 and 14 weeks the pain was as before, and disability a little less (4.6 "
        "and 4.3 points of 100).",
        "8 stopped because it was too painful, 1 because of itching and redness.",
    ),
    Study(
        "Frizziero and others 2021, Appl Sci 11:5211",
        "randomised, exercise with a mat against exercise alone",
        "44 people with low back pain",
        "60 minutes a day, 6 months",
        "Disability and quality of life got better in both groups; one of two measures of pain did so with the mat only.",
        "None is named in the abstract.",
    ),
    Study(
        "Kisker & Schoene 2023, Appl Psychol Health Well-Being",
        "controlled, against rest without a mat",
        "about 100 healthy students",
        "3 weeks",
        "The mat had no advantage over resting: with both, stress was less and sleep better. Blood pressure, heart rate and "
        "pain threshold did not change.",
        "None is named in the abstract.",
    ),
)
"""In the order of their years."""

SUMMARY = (
    "Many people notice calm after 10 to 20 minutes, or less tightness after a week or two. The studies are few and small, and "
    "they do not agree. In the largest one that compared, with healthy students, rest without a mat was as good. The mat alone "
    "was studied for up to 30 minutes a day."
)

MYTHS = {
    "It has to hurt.": "It need not hurt. The first half minute is the sharpest. If it does not get softer then, get up, or "
    "take a shirt. Sharp pain is a reason to stop.",
    "More spikes are better.": "Even pressure and comfort are. With many spikes each presses less; no study compares them. The "
    "best mat is the one that you like to use.",
    "It replaces a doctor.": "It replaces no treatment. If something is wrong, or does not get better, ask a professional.",
}
"""Common claims, and the facts."""

NOT_THERE = "Do not lie with open wounds, broken skin or a skin infection on the mat."
ASK_FIRST = (
    "a bleeding or clotting disorder, or medicine that thins the blood",
    "severe circulation problems",
    "a reduced sense of touch, pain or warmth, as with diabetes or nerve damage",
    "very sensitive skin, or bruises that come easily; corticoids, also on the skin",
    "a pregnancy",
    "spinal surgery in recent times",
    "high blood pressure or a heart disease: blood pressure was higher on the mat",
    "any other condition that a doctor should know about",
)
"""Who should ask a professional before the first session: people whom trials excluded, and advice of authors and makers."""
STOP = "Stop at sharp pain, dizziness, nausea or numbness. Do not sleep on the mat: skin that is pressed for long can be hurt."

LEFT_OUT = (
    "Makers' own questionnaires are left out: they compare nobody with anybody. No measurement was found that could be quoted "
    "of the skin's temperature, of hormones or of the pressure of single spikes."
)
CONSEQUENCES = (
    "It begins with 10 minutes and a shirt, and never plans more than 30 minutes.",
    "The first half minute is the sharpest, so getting up within the first minute is no session.",
    "A discomfort of 4 or more of 10 is a step back.",
    "Nothing counts up with pain, spikes or overtime.",
)


def summary() -> str:
    """The short form for a terminal."""
    parts = [
        "WHAT IS KNOWN",
        SUMMARY,
        "THREE MYTHS",
        *(f'"{myth}" {truth}' for myth, truth in MYTHS.items()),
        "WHO SHOULD ASK FIRST",
        f"{NOT_THERE} Ask a professional first in case of:",
        *(f"- {each}" for each in ASK_FIRST),
        STOP,
        "acumat about --all describes each study.",
    ]
    wrapped = [textwrap.fill(part, WIDTH, subsequent_indent="  " if part.startswith("- ") else "") for part in parts]
    gaps = ["" if part.startswith("- ") or index == 0 else "\n" for index, part in enumerate(parts)]
    return "\n".join(gap + text for gap, text in zip(gaps, wrapped, strict=True))


def document() -> str:
    """All of it, as Markdown."""
    lines = ["# What is known, and what is not", "", "Made by `acumat about --all`.", "", SUMMARY, "", "## Three myths", ""]
    lines += [f"- **{myth}** {truth}" for myth, truth in MYTHS.items()]
    lines += ["", "## Who should ask first", "", NOT_THERE, "", "Ask a professional before the first session in case of", ""]
    lines += [f"- {each}" for each in ASK_FIRST]
    lines += [
        "",
        STOP,
        "",
        "`acumat screen` asks the same, and nobody is guided before it is answered.",
        "",
        "## The studies",
        "",
    ]
    for study in STUDIES:
        lines += [f"- **{study.citation}**: {study.design}, {study.people}, {study.dose}."]
        lines += [f"  - {study.found}", f"  - Side effects: {study.side_effects}"]
    lines += ["", LEFT_OUT, "", "## What this means for the routine", "", *(f"- {each}" for each in CONSEQUENCES)]
    return "\n".join(lines)
