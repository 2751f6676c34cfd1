import type { CSSOptions } from 'vite';

type PostCss = Extract<NonNullable<CSSOptions['postcss']>, object>;
type Plugin = Extract<NonNullable<PostCss['plugins']>[number], { postcssPlugin: string }>;

/** Themes and helpers that this page never uses; all of them would be half the style sheet. */
const UNUSED_SELECTOR =
  /theme-(?:felt|glass|high-contrast)|\.pf-v6-pficon-|\.pf-v6-(?:icon-)?rh-ui|dir=rtl/;

/**
 * Leaves out what PatternFly's style sheets bring for others: its font files (a page of ours has a
 * typeface of its own), its icon font, the Red Hat themes and right-to-left rules.
 */
export function slimPatternFly(): Plugin {
  return {
    postcssPlugin: 'slim-patternfly',
    Once(root) {
      root.walkAtRules('font-face', (rule) => {
        if (isPatternFly(rule)) rule.remove();
      });
      root.walkRules((rule) => {
        if (!isPatternFly(rule)) return;
        const kept = rule.selectors.filter((selector) => !UNUSED_SELECTOR.test(selector));
        if (kept.length === 0) rule.remove();
        else if (kept.length < rule.selectors.length) rule.selectors = kept;
      });
    },
  };
}

/** Style sheets are put together before this runs, so each rule says where it came from. */
function isPatternFly(node: { source?: { input: { file?: string } } }): boolean {
  return node.source?.input.file?.includes('@patternfly') ?? false;
}
