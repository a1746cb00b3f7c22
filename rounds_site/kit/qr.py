"""Addresses as codes for cameras."""

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4


def qr_rows(address: str) -> list[list[bool]]:
    """Row by row from the top, True where it is dark, with the quiet border that cameras need."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(address)
    return code.get_matrix()
