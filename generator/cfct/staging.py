"""Files as CfCT 2.8.4 hands them on: where it stages them, and the text of a policy that it sends to AWS Organizations."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlparse

from generator.aws.names import Region

KEY_PREFIX = "_custom_ct_templates_staging"
"""The folder of the pipeline's artifact bucket (state_machine_trigger.py 50)."""

_S3_SCHEME = "s3"
_HTTP_SCHEME = "http"


@dataclass(frozen=True)
class StagedFile:
    """A template or policy. `content` is None when it is remote or not in the package; a template is staged byte for byte."""

    path: str
    content: bytes | None = None

    @property
    def is_remote(self) -> bool:
        """Whether CfCT takes the path for a remote file, and stages nothing (stage_to_s3.py 50-55)."""
        return self.path.lower().startswith((_S3_SCHEME, _HTTP_SCHEME))

    def url(self, bucket: str, region: Region) -> str:
        """What stands in the state machine's input; `bucket` is the pipeline's artifact bucket (stage_to_s3.py 44-77, url_conversion.py 22-58)."""
        if self.path.lower().startswith(_S3_SCHEME):
            parts = urlparse(self.path)
            return _http_url(parts.netloc, parts.path[1:], region)
        if self.path.lower().startswith(_HTTP_SCHEME):
            return self.path
        return _http_url(bucket, f"{KEY_PREFIX}/{self.path}", region)


def _http_url(bucket: str, key: str, region: Region) -> str:
    return f"https://{bucket}.s3.{region}.amazonaws.com/{key}"


def minified(text: str) -> str:
    """The text of a policy that CfCT sends (state_machine_handler.py 706-713 and 907-914).

    Python reads every line end as one character; then each becomes two, and every double space goes, inside strings too.
    """
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return unix.replace("\n", "\r\n").replace("  ", "")
