/** The forms a language needs for counting; `other` is always there. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Picks the form for `n` by the language's rule (CLDR plural categories). */
export function plural(rule: Intl.PluralRules, n: number, forms: Forms): string {
  return forms[rule.select(n)] ?? forms.other;
}
