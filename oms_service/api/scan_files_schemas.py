"""Shapes of scans taken in from files."""

from marshmallow import Schema, fields
from marshmallow.validate import Length, Regexp


class ScanFileSchema(Schema):
    """A file as it is, and how it is read."""

    mapping = fields.String(
        required=True,
        validate=Regexp(r"^[a-z0-9][a-z0-9_-]{0,39}$"),
        metadata={"description": "The name of a mapping.", "example": "yamato-csv"},
    )
    content = fields.String(
        required=True,
        validate=[Length(min=1, max=1_900_000), Regexp(r"^[A-Za-z0-9+/]+={0,2}$")],
        metadata={
            "description": "The file in base64, in whatever encoding it has.",
            "example": "5Lyd56Wo55Wq5Y+3LOiNt+eJqeeKtuazgSzml6Xku5gs5pmC5Yi7",
        },
    )


class WrongRowSchema(Schema):
    """A row that could not be read, or whose parcel nobody knows."""

    row = fields.Integer(
        required=True, metadata={"description": "A CSV heading is row 1.", "example": 7}
    )
    field = fields.String(
        required=True, metadata={"description": "What of it; may be empty.", "example": "time"}
    )
    why = fields.String(required=True, metadata={"example": "not a time that can be read"})


class FileTakenSchema(Schema):
    """What became of a file; handed in again, every row is a repetition."""

    rows = fields.Integer(required=True, metadata={"example": 120})
    new = fields.Integer(
        required=True, metadata={"description": "Scans nobody had told before.", "example": 118}
    )
    repeated = fields.Integer(required=True, metadata={"example": 0})
    refused = fields.List(
        fields.Nested(WrongRowSchema),
        required=True,
        metadata={"description": "Readable, but of no parcel known now; those wait for it."},
    )
    wrong = fields.List(fields.Nested(WrongRowSchema), required=True)
