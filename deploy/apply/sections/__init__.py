"""The kinds of things that can be declared: one module each, listed here and nowhere else."""

from collections.abc import Mapping

from deploy.apply.section import Section

SECTIONS: Mapping[str, Section] = {}
