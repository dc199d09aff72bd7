"""The input files: what is (`organization.yaml`) and what should be (`landing-zone.yaml`), loaded with every error at once."""

from generator.landing_zone.loader import LandingZone, load, load_organization

__all__ = ["LandingZone", "load", "load_organization"]
