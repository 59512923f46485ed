"""Files that come with a form: pictures, held in memory, bounded, written nowhere.

Owns the bounds. What a picture says, and in which words it is refused, is the steps'.
"""

from io import BytesIO
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from connectors.ocr.pictures import MOST_BYTES

PHOTOGRAPH: Final = "photograph"
"""The name of the file input for a document."""
FRAME: Final = "frame"
"""The name of the file inputs for what the page's camera took."""
MOST_FORM_BYTES: Final = 2 * MOST_BYTES
"""A picture that is too large is told so by the page; a body beyond this is not read at all."""


class PictureHandler(FileUploadHandler):
    """Keeps a file in memory, cut off one byte beyond the bound: that it was larger still shows."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Refuse a body that no form of ours sends.

        Raises:
            RequestDataTooBig: it is larger than `MOST_FORM_BYTES`.
        """
        del input_data, META, boundary, encoding
        if content_length > MOST_FORM_BYTES:
            raise RequestDataTooBig("The form is larger than any of ours.")

    def new_file(self, *about: Any, **more: Any) -> None:
        super().new_file(*about, **more)
        self._kept = bytearray()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        del start
        self._kept += raw_data[: MOST_BYTES + 1 - len(self._kept)]

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        del file_size
        return InMemoryUploadedFile(
            file=BytesIO(self._kept),
            field_name=self.field_name,
            name=self.field_name,
            content_type=None,
            size=len(self._kept),
            charset=None,
        )
