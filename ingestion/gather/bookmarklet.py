"""The link for the bar of bookmarks: it opens our window with what is looked at."""

from typing import Final

WIDTH_PX: Final = 480
HEIGHT_PX: Final = 680

# One line, without signs that a bookmark would have to escape. It reads the address, the title and
# what is selected, and cuts words to what fits through every server on the way, once more inside
# of the address of the sign-in. A page that lets no window open is left for ours.
_SCRIPT: Final = (
    "(()=>{"
    "const q=new URLSearchParams({url:location.href}),"
    "add=(n,w,m)=>{"
    "for(let s=[...String(w).trim()].slice(0,m);s.length;s=s.slice(0,s.length>>1)){"
    "const l=new URLSearchParams(q);l.set(n,s.join(''));"
    "if(String(l).length<3601){q.set(n,s.join(''));return}"
    "}};"
    "add('title',document.title,300);"
    "add('text',getSelection(),1200);"
    "const a='{origin}/capture/?'+q;"
    "open(a,'_blank','popup,width={width},height={height}')||(location.href=a)"
    "})()"
)


def bookmarklet(origin: str) -> str:
    """Return the link for a Magpie at ``origin``, such as ``https://magpie.example.org``.

    Raises:
        ValueError: the origin has a sign that would end the text that it stands in.
    """
    if any(sign in origin for sign in "'\"\\%<> \n"):
        raise ValueError(origin)
    script = _SCRIPT.replace("{origin}", origin.rstrip("/"))
    script = script.replace("{width}", str(WIDTH_PX)).replace("{height}", str(HEIGHT_PX))
    return f"javascript:{script}"
