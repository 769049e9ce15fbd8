/** The look of `runs/index.html`: that of the page, in what a table needs. */
export const INDEX_STYLE = `
:root{color-scheme:light dark;--ground:#fff;--text:#1a1a1a;--muted:#5c5c5c;--line:#dedede;--strong:#8a8a8a;--fail:#b3261e;--on-fail:#fff;
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","DejaVu Sans",sans-serif}
@media screen and (prefers-color-scheme:dark){:root{--ground:#161616;--text:#ececec;--muted:#a8a8a8;--line:#363636;--strong:#757575;--fail:#ff8a80;--on-fail:#161616}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text)}
main{max-width:1400px;margin:0 auto;padding:24px}
h1{margin:0 0 4px;font-size:22px}
p{margin:0 0 20px;color:var(--muted)}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-size:14px}
th,td{padding:8px 16px 8px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;font-weight:400}
thead th{color:var(--muted);font-size:13px}
tbody th{font-weight:600;overflow-wrap:anywhere;min-width:160px}
a{color:inherit;text-underline-offset:3px}
:focus-visible{outline:2px solid var(--text);outline-offset:2px}
.why{color:var(--muted);overflow-wrap:anywhere;min-width:260px}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.verdict{display:inline-block;min-width:92px;padding:0 8px;border:1px solid var(--strong);border-radius:4px;text-align:center;white-space:nowrap}
.verdict.unknown{border-style:dashed}
.verdict.unmet{border-color:var(--fail);background:var(--fail);color:var(--on-fail);font-weight:600}
`;
