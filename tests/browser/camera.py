"""What a telephone's camera reads off a screen: the QR code in a picture of it."""

from io import BytesIO

import zxingcpp
from PIL import Image
from playwright.sync_api import Page


def read_qr_code(page: Page) -> str:
    """The one code that can be seen on the page as it stands."""
    picture = Image.open(BytesIO(page.screenshot())).convert("L")
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    assert len(found) == 1, [code.text for code in found]
    return str(found[0].text)
