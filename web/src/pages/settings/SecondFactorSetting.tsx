import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import { SecondFactorRule } from '@sallyport/contract';
import { useMe } from '../../app/session.ts';
import { Field } from '../../components/Field.tsx';
import { Panel } from '../../components/Panel.tsx';

interface SecondFactorSettingProps {
  readonly value: SecondFactorRule;
  readonly onChange: (value: SecondFactorRule) => void;
}

const LABELS: Readonly<Record<SecondFactorRule, string>> = {
  optional: 'Nobody has to',
  admins: 'Admins',
  everybody: 'Everybody',
};

/** Who must give a code beside their password. */
export function SecondFactorSetting({ value, onChange }: SecondFactorSettingProps) {
  const me = useMe();
  const meetsMe = value !== 'optional' && !me.secondFactor;
  return (
    <Panel
      title="Second factor"
      lead="A code of an app beside the password. Whoever must have one and has none sets it up at their next sign-in, before all else. Kubeconfigs and API tokens go on."
    >
      <Field
        id="second-factor-rule"
        label="Who must have one"
        help={
          meetsMe
            ? 'You have none yet: set one up on your Account page, or at your next sign-in.'
            : 'Of those who sign in by a password.'
        }
      >
        {(control) => (
          <FormSelect
            {...control}
            value={value}
            onChange={(_, next) => onChange(SecondFactorRule.parse(next))}
          >
            {SecondFactorRule.options.map((rule) => (
              <FormSelectOption key={rule} value={rule} label={LABELS[rule]} />
            ))}
          </FormSelect>
        )}
      </Field>
    </Panel>
  );
}
