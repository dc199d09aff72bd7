"""Evidence for auditors: what a checked package brings about and how that was judged, as one Markdown and one JSON file."""
