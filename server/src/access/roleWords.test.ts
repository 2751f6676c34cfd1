import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { RoleRule } from '@sallyport/contract';
import { rulesInWords } from './roleWords.ts';

it('says what rules allow as one reads them aloud', () => {
  const says: Array<[RoleRule[], string]> = [
    [[], 'nothing'],
    [
      [{ apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] }],
      'get and list pods and pods/log',
    ],
    [
      [{ apiGroups: ['', 'apps'], resources: ['deployments'], verbs: ['get', 'list', 'watch'] }],
      'get, list and watch deployments and deployments.apps',
    ],
    [
      [
        {
          apiGroups: ['apps'],
          resources: ['deployments'],
          resourceNames: ['web'],
          verbs: ['patch'],
        },
        { apiGroups: [''], resources: ['secrets'], verbs: ['*'] },
      ],
      'patch deployments.apps named "web"; do anything with secrets',
    ],
    [
      [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', '*'] }],
      'do anything with objects of every kind',
    ],
    [
      [{ apiGroups: ['', 'apps'], resources: ['*'], verbs: ['get'] }],
      'get objects of every kind in the core API group and apps',
    ],
    [
      [{ apiGroups: ['*'], resources: ['widgets'], verbs: ['get'] }],
      'get widgets of every API group',
    ],
    [[{ nonResourceURLs: ['/metrics'], verbs: ['get'] }], 'get /metrics'],
    [[{ nonResourceURLs: ['*'], verbs: ['*'] }], 'do anything with all paths'],
  ];
  for (const [rules, words] of says) assert.equal(rulesInWords(rules), words);
});
