"""Garments, laid flat: a silhouette for each kind, its seams, and the cloth that it is made of."""

from examples.storefront.pictures.cloth import color_of, darker, weave
from rackhouse_client import Product

__all__ = ["garment", "parcel"]

KINDS = (
    ("work trousers", "trousers"),
    ("trousers", "trousers"),
    ("jeans", "trousers"),
    ("chinos", "trousers"),
    ("shorts", "shorts"),
    ("skirt", "skirt"),
    ("dress", "dress"),
    ("boots", "boots"),
    ("shoes", "shoes"),
    ("loafers", "shoes"),
    ("hat", "hat"),
    ("scarf", "scarf"),
    ("pocket square", "square"),
    ("tie", "tie"),
    ("socks", "socks"),
    ("gloves", "gloves"),
    ("belt", "belt"),
    ("long-sleeved", "sweater"),
    ("t-shirt", "tee"),
    ("polo", "tee"),
    ("vest", "vest"),
    ("hoodie", "hoodie"),
    ("dinner", "jacket"),
    ("coat", "coat"),
    ("blazer", "jacket"),
    ("jacket", "jacket"),
    ("suit", "jacket"),
    ("cardigan", "cardigan"),
    ("sweater", "sweater"),
    ("sweatshirt", "sweater"),
    ("rugby", "shirt"),
    ("shirt", "shirt"),
    ("blouse", "shirt"),
    ("henley", "sweater"),
)
LONG_SLEEVES = (
    "M248 168Q300 {neck} 352 168L424 196Q458 212 464 262L506 540L446 552L414 330"
    "L418 {hem}Q300 {low} 182 {hem}L186 330L154 552L94 540L136 262Q142 212 176 196Z"
)
SHORT_SLEEVES = (
    "M246 176Q300 222 354 176L430 204L506 312L446 352L414 306L416 612Q300 626 184 612"
    "L186 306L154 352L94 312L170 204Z"
)
PATHS = {
    "sweater": LONG_SLEEVES.format(neck=206, hem=604, low=616),
    "shirt": LONG_SLEEVES.format(neck=196, hem=622, low=648),
    "hoodie": LONG_SLEEVES.format(neck=220, hem=604, low=616),
    "cardigan": LONG_SLEEVES.format(neck=196, hem=618, low=630),
    "jacket": LONG_SLEEVES.format(neck=196, hem=612, low=624),
    "coat": LONG_SLEEVES.format(neck=196, hem=690, low=704),
    "tee": SHORT_SLEEVES,
    "vest": "M240 168L262 168L300 340L338 168L360 168L398 196Q392 290 420 330L420 604"
    "L352 604L300 640L248 604L180 604L180 330Q208 290 202 196Z",
    "dress": "M236 128L250 128Q262 230 300 236Q338 230 350 128L364 128Q366 230 392 262L376 360"
    "Q420 520 468 668Q300 706 132 668Q180 520 224 360L208 262Q234 230 236 128Z",
    "skirt": "M222 186H378L388 226Q426 420 462 624Q300 656 138 624Q174 420 212 226Z",
    "trousers": "M204 112H396L404 176L428 694H330L300 300L270 694H172L196 176Z",
    "shorts": "M196 196H404L412 250L446 512L322 524L300 372L278 524L154 512L188 250Z",
    "hat": "M166 470Q160 236 300 228Q440 236 434 470Z",
    "scarf": "M206 128H300V560H206ZM300 210H394V640H300Z",
    "tie": "M270 128H330L344 182L318 214L356 600L300 668L244 600L282 214L256 182Z",
    "square": "M160 560V330L230 236L286 318L330 214L372 310L440 250V560Z",
    "socks": "M196 140H290V440Q290 480 262 510L196 606Q150 640 120 596Q110 570 140 540L196 450Z"
    "M340 140H434V440Q434 480 406 510L340 606Q294 640 264 596Q262 586 266 574L330 480L340 450Z",
    "gloves": "M176 634V430L118 330Q104 296 138 288L184 344V190Q186 160 208 162V300L220 150"
    "Q234 124 250 150V300L266 166Q284 144 296 170L292 310L304 216Q320 196 330 220L316 440V634Z",
    "belt": "M300 196A180 180 0 1 1 299 196ZM300 240A136 136 0 1 0 301 240Z",
    "boots": "M226 150H372V470Q380 500 440 522Q500 540 500 590V606H226Z",
    "shoes": "M130 470Q160 420 230 426Q290 470 380 480Q470 490 486 540V560H130Z",
}
SEAMS = {
    "sweater": "M136 262Q176 290 186 330M464 262Q424 290 414 330M184 584Q300 596 416 584"
    "M98 520L158 532M502 520L442 532M248 168Q300 224 352 168",
    "shirt": "M300 200V640M136 262Q176 290 186 330M464 262Q424 290 414 330M330 300H394V366H330Z",
    "hoodie": "M248 168Q230 90 300 86Q370 90 352 168M214 596L236 470H364L386 596M300 214V300",
    "cardigan": "M252 170L300 360V624M348 170L300 360M184 598Q300 610 416 598",
    "jacket": "M250 168L300 372L350 168M300 372V618M250 168L218 268L262 300M350 168L382 268L338 300"
    "M206 500H268M332 500H394",
    "coat": "M250 168L300 352L350 168M300 352V698M250 168L214 262L262 300M350 168L386 262L338 300"
    "M204 520L270 512M330 512L396 520",
    "tee": "M246 176Q300 238 354 176M96 306L158 344M504 306L442 344M184 598Q300 612 416 598",
    "vest": "M300 340V620M206 500H262M338 500H394",
    "dress": "M224 360Q300 376 376 360M262 372L226 674M338 372L374 674",
    "skirt": "M212 226H388M270 230L244 634M330 230L356 634",
    "trousers": "M200 144H400M300 144V300M236 152L222 694M364 152L378 694",
    "shorts": "M190 230H410M300 230V372M158 496L276 506M442 496L324 506",
    "hat": "M164 404H436M200 404V470M240 404V470M280 404V470M320 404V470M360 404V470M400 404V470",
    "scarf": "M300 210V560M214 560V590M230 560V590M246 560V590M262 560V590M278 560V590M294 560V590"
    "M308 640V670M324 640V670M340 640V670M356 640V670M372 640V670M388 640V670",
    "tie": "M256 182L344 182L318 214H282",
    "square": "M230 236L262 560M330 214L300 560M440 250L352 560",
    "socks": "M196 176H290M340 176H434M196 450L240 520M340 450L384 520",
    "gloves": "M176 590H316M204 330V420M250 320V420M292 320V420",
    "belt": "M300 218A158 158 0 1 1 299 218",
    "boots": "M226 566H500M300 200H372M300 240H372M300 280H372M300 320H372M300 360H372M300 400H374",
    "shoes": "M130 532H486M230 426Q250 470 300 492",
}
BUTTONS = {
    "shirt": (300, (240, 310, 380, 450, 520, 590)),
    "cardigan": (314, (392, 444, 496, 548)),
    "jacket": (314, (404, 462)),
    "coat": (316, (400, 470, 540)),
}
WITH_HOLES = {"belt"}


def garment(product: Product, mark: str) -> str:
    """A garment in the color of its first variant."""
    said = product.attributes
    words = f"{said.get('garment_type', '')} {product.name}".lower()
    kind = next((shape for name, shape in KINDS if name in words), "sweater")
    first = product.variants[0].options.get("color", "") if product.variants else ""
    tone = str(first or said.get("color") or "")
    color = color_of(tone, product.id)
    cloth = f"{tone} {said.get('pattern', '')} {said.get('material', '')} {product.name}".lower()
    defined, fill = weave(cloth, color, mark)
    seam = darker(color, 0.45) if color > "#444444" else "#cfc9bd"
    path = PATHS[kind]
    rule = ' fill-rule="evenodd"' if kind in WITH_HOLES else ""
    return (
        f'<defs>{defined}<linearGradient id="fold-{mark}" x2="1" y2="0.25">'
        f'<stop offset="0" stop-color="#fff" stop-opacity="0.16"/>'
        f'<stop offset="0.5" stop-opacity="0"/><stop offset="1" stop-opacity="0.22"/>'
        f"</linearGradient></defs>"
        f'<path d="{path}"{rule} transform="translate(10 16)" fill="#000" opacity="0.13"/>'
        f'<path d="{path}"{rule} fill="{fill}"/><path d="{path}"{rule} fill="url(#fold-{mark})" '
        f'stroke="{darker(color, 0.4)}" stroke-opacity="0.6" stroke-width="2.5" '
        f'stroke-linejoin="round"/>'
        f'<path d="{SEAMS[kind]}" fill="none" stroke="{seam}" stroke-opacity="0.75" '
        f'stroke-width="2.5" stroke-linecap="round"/>{_buttons(kind, seam)}'
    )


def parcel(color: str, mark: str) -> str:
    """A parcel, for what has no shape of its own."""
    return (
        f'<path d="M150 330L300 270L450 330V560L300 626L150 560Z" fill="{color}"/>'
        f'<path d="M300 396V626L150 560V330Z" fill="#000" opacity="0.16"/>'
        f'<path d="M150 330L300 396L450 330M225 300L375 362V430" fill="none" stroke="#fff" '
        f'stroke-opacity="0.55" stroke-width="6"/>'
    )


def _buttons(kind: str, color: str) -> str:
    if kind not in BUTTONS:
        return ""
    x, rows = BUTTONS[kind]
    return "".join(f'<circle cx="{x}" cy="{y}" r="5" fill="{color}"/>' for y in rows)
