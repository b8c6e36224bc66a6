"""Who issues documents and sends parcels: the shop as the law and carriers know it."""

from dataclasses import dataclass

from oms_service.documents.papers import Party


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """The shop's legal name, registration and address; what is empty is left out."""

    name: str
    registration: str = ""
    country: str = "JP"
    postal_code: str = ""
    region: str = ""
    city: str = ""
    line1: str = ""
    line2: str = ""
    phone: str = ""

    @property
    def party(self) -> Party:
        lines = (f"{self.region}{self.city}{self.line1}", self.line2)
        return Party(
            name=self.name,
            postal_code=self.postal_code,
            lines=tuple(line for line in lines if line),
            phone=self.phone,
        )
