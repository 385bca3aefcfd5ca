const [BEGIN, END] = ["<!-- sensor-days -->\n", "<!-- /sensor-days -->"] as const;

/** The page with this table between its two marks. */
export function withTable(page: string, table: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from)
    throw new Error(`the page needs ${BEGIN.trim()} and, below it, ${END}`);
  return `${page.slice(0, from + BEGIN.length)}${table}\n${page.slice(to)}`;
}
