import { Button, Radio } from '@patternfly/react-core';
import type { ClusterResource, RolePreview } from '@sallyport/contract';
import { completions, groupName, groupOf, type RuleDraft } from '../../lib/rules.ts';
import { Warnings } from './Warnings.tsx';
import { WordsField } from './WordsField.tsx';

interface RuleFieldsProps {
  readonly index: number;
  readonly rule: RuleDraft;
  readonly known: readonly ClusterResource[];
  /** What the server says to the rules as they are. */
  readonly preview: RolePreview | undefined;
  /** Whether what is missing is told yet. */
  readonly showsProblems: boolean;
  readonly onChange: (rule: RuleDraft) => void;
  /** Absent where it is the only one. */
  readonly onRemove: (() => void) | undefined;
}

/** One rule: for objects of some kinds, or for paths; what to mind about it stands below. */
export function RuleFields(props: RuleFieldsProps) {
  const { index, rule, known, preview, showsProblems, onChange, onRemove } = props;
  const problem = (field: string) =>
    showsProblems
      ? preview?.problems.find((one) => one.rule === index && one.field === field)?.message
      : undefined;
  const words = (field: 'apiGroups' | 'resources' | 'verbs' | 'nonResourceURLs') => ({
    words: rule[field],
    offers: completions(field, rule, known),
    error: problem(field),
    onChange: (next: string[]) => onChange({ ...rule, [field]: next }),
  });
  return (
    <fieldset className="sp-rule">
      <legend>Rule {index + 1}</legend>
      <div className="sp-rule__kind">
        {(['objects', 'paths'] as const).map((kind) => (
          <Radio
            key={kind}
            id={`rule-${rule.key}-${kind}`}
            name={`rule-${rule.key}-kind`}
            label={kind === 'objects' ? 'Objects' : 'Paths'}
            isChecked={rule.kind === kind}
            onChange={() => onChange({ ...rule, kind })}
          />
        ))}
        {onRemove && (
          <Button variant="link" isDanger isInline onClick={onRemove}>
            Remove rule {index + 1}
          </Button>
        )}
      </div>
      {rule.kind === 'objects' ? (
        <>
          <WordsField label="API groups" show={groupName} read={groupOf} {...words('apiGroups')} />
          <WordsField label="Resources" {...words('resources')} />
          <WordsField label="Verbs" {...words('verbs')} />
          <WordsField
            label="Only these names"
            words={rule.resourceNames}
            offers={[]}
            onChange={(resourceNames) => onChange({ ...rule, resourceNames })}
            help="Left empty: all objects of these kinds."
          />
        </>
      ) : (
        <>
          <WordsField label="Paths" {...words('nonResourceURLs')} />
          <WordsField label="Verbs" {...words('verbs')} />
        </>
      )}
      <Warnings of={preview?.warnings.filter((warning) => warning.rule === index) ?? []} />
    </fieldset>
  );
}
