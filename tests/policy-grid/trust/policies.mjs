// Trust policies, made from the two of the guide by random changes. The same seed makes the same policies.

import { readFileSync } from 'node:fs'
import { attacks, users, ACCOUNT, PROVIDER } from './requests.mjs'

const templates = new URL('../../../src/policy/templates/', import.meta.url)
const values = {
  partition: 'aws',
  account: ACCOUNT,
  provider_arn: PROVIDER,
  sign_in_domain: 'signin.aws.amazon.com',
}
const guide = (name) => JSON.parse(readFileSync(new URL(name, templates), 'utf8').replace(/@(\w+)@/g, (_, key) => values[key]))

// Mulberry32.
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const TEXT = ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike', 'StringNotLike']
const ARN = ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike']
const OTHER = ['Bool', 'NumericEquals', 'NumericLessThan', 'DateGreaterThan', 'DateNotEquals', 'IpAddress', 'NotIpAddress', 'BinaryEquals', 'StringEqual']
const QUALIFIERS = ['', '', '', 'ForAllValues:', 'ForAnyValue:']

const NAME = 'sts:RoleSessionName'
const PRINCIPAL = 'aws:PrincipalArn'
const AUDIENCE = 'SAML:aud'
const reserved = (account, rest) => `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/${rest}`

// The values of the keys that decide, and of others.
const VALUES = {
  [NAME]: [
    '${SAML:sub}', '${saml:sub}', '${SAML:sub}*', '*${SAML:sub}', "${SAML:sub, 'alice@example.com'}", '${aws:username}', '${aws:userid}',
    '${aws:PrincipalTag/email}', '${aws:RequestTag/email}', '${identitystore:UserId}', '${sts:ExternalId}', '${sts:SourceIdentity}',
    '${sts:RoleSessionName}', '*', '*@example.com', '?*', 'alice@example.com', 'BOB@example.com', 'admin', '', '${*}', '${SAML:iss}',
  ],
  'SAML:sub': ['${SAML:sub}', '${sts:RoleSessionName}', '*', '*@example.com', 'alice@example.com', 'nothing'],
  [PRINCIPAL]: [
    reserved(ACCOUNT, 'AWSReservedSSO_*'), reserved(ACCOUNT, '*/AWSReservedSSO_*'), reserved(ACCOUNT, '*'), reserved('*', '*'), reserved('444455556666', '*'),
    reserved(ACCOUNT, '*/AWSReservedSSO_Admin_*'), reserved(ACCOUNT, 'awsreservedsso_*'), reserved(ACCOUNT, '*').replace(':aws:', ':aws-cn:'),
    reserved(ACCOUNT, 'AWSReservedSSO_Engineer_0123456789abcdef'), `arn:aws:iam::${ACCOUNT}:role/*`, `arn:aws:iam::${ACCOUNT}:role/*AWSReservedSSO_*`,
    `arn:aws:iam::${ACCOUNT}:role/ci`, `arn:aws:iam::${ACCOUNT}:*`, 'arn:aws:iam::*:root', `arn:aws:sts::${ACCOUNT}:assumed-role/AWSReservedSSO_*`,
    'arn:aws:iam:*:111122223333:role/aws-reserved/sso.amazonaws.com/*', '${aws:PrincipalArn}',
  ],
  [AUDIENCE]: [
    'https://signin.aws.amazon.com/saml', 'https://eu-west-1.signin.aws.amazon.com/saml', 'https://SIGNIN.aws.amazon.com/saml', 'https://signin.aws.amazon.com/SAML',
    'https://*.signin.aws.amazon.com/saml', 'https://signin.aws.amazon.com/*', 'https://*', '*', 'https://evil.example.com/saml', 'https://signin.amazonaws.cn/saml',
    'https://signin.aws.amazon.com.evil.example.com/saml', '${SAML:aud}', '', 'urn:amazon:webservices',
  ],
  'SAML:iss': ['https://okta.example.com', 'https://evil.example.com', '*'],
  'aws:PrincipalAccount': [ACCOUNT, '444455556666', '*', ['444455556666', ACCOUNT], '${aws:PrincipalAccount}'],
  'aws:PrincipalOrgID': ['o-1', 'o-2', '*'],
  'aws:PrincipalTag/email': ['${SAML:sub}', '${sts:RoleSessionName}', 'alice@example.com', '*'],
  'identitystore:UserId': ['*', 'u-alice', '${sts:RoleSessionName}'],
  'aws:PrincipalType': ['AssumedRole', 'User', '*'],
  'sts:ExternalId': ['secret', '*'],
  'sts:SourceIdentity': ['${SAML:sub}', '*'],
  'aws:SourceArn': ['arn:aws:s3:::bucket', '*'],
  'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'],
  'aws:MultiFactorAuthPresent': ['true', 'false'],
  'aws:SecureTransport': ['true', 'false'],
}
const PRINCIPALS = [
  '*', { AWS: '*' }, { AWS: ACCOUNT }, { AWS: `arn:aws:iam::${ACCOUNT}:root` }, { AWS: 'arn:aws:iam::444455556666:root' }, { AWS: ['444455556666', ACCOUNT] },
  { AWS: `arn:aws:iam::${ACCOUNT}:role/ci` }, { AWS: `arn:aws:iam::${ACCOUNT}:role/*` }, { AWS: [`arn:aws:iam::${ACCOUNT}:root`, 'arn:aws:iam::*:role/*'] },
  { AWS: reserved(ACCOUNT, 'AWSReservedSSO_Engineer_0123456789abcdef') }, { AWS: `arn:aws:iam::${ACCOUNT}:user/alice` }, { AWS: 'AROAEXAMPLE' },
  { AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/AWSReservedSSO_Engineer_0123456789abcdef/alice@example.com` }, { AWS: 'everyone' },
  { Federated: PROVIDER }, { Federated: [PROVIDER, 'arn:aws:iam::444455556666:saml-provider/Okta'] }, { Federated: '*' }, { Federated: [PROVIDER, '*'] },
  { Federated: 'arn:aws:iam::444455556666:saml-provider/Okta' }, { Federated: PROVIDER.replace('Okta', '*') }, { Federated: PROVIDER, AWS: `arn:aws:iam::${ACCOUNT}:role/ci` },
  { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com` }, { Federated: 'accounts.google.com' }, { Federated: 'cognito-identity.amazonaws.com' },
  { Service: 'ec2.amazonaws.com' }, { CanonicalUser: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be' }, {},
]
const ACTIONS = [
  'sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity', 'sts:*', 'sts:AssumeRole*', 'STS:assumerole', ['sts:AssumeRole', 'sts:TagSession'],
  ['sts:AssumeRole', 'sts:AssumeRoleWithSAML'], ['sts:AssumeRoleWithSAML', 'sts:TagSession'], 'sts:TagSession', 'sts:AssumeRoleWith?AML', '*',
]

class Generator {
  constructor(seed) {
    this.next = random(seed)
    this.bases = [guide('trust-sso.json'), guide('trust-saml.json')]
  }

  one(list) {
    return list[Math.floor(this.next() * list.length)]
  }

  chance(share) {
    return this.next() < share
  }

  // Letters in another case.
  recase(text) {
    return [...text].map((c) => (this.chance(0.5) ? c.toUpperCase() : c.toLowerCase())).join('')
  }

  operator(key) {
    if (this.chance(0.06)) return 'Null'
    const usual = key === PRINCIPAL ? [...ARN, ...TEXT] : TEXT
    const base = this.chance(0.06) ? this.one(OTHER) : this.chance(0.08) ? this.one(ARN) : this.one(usual)
    if (ARN.includes(base) && key !== PRINCIPAL) return this.operator(key)
    const operator = this.one(QUALIFIERS) + base + (this.chance(0.15) ? 'IfExists' : '')
    return this.chance(0.05) ? this.recase(operator) : operator
  }

  value(key, operator) {
    if (/null/i.test(operator)) return this.one(['true', 'false', true, false])
    const known = Object.keys(VALUES).find((name) => name.toLowerCase() === key.toLowerCase())
    const value = this.one(VALUES[known] ?? ['x'])
    if (this.chance(0.04)) return []
    return this.chance(0.15) ? [value, this.one(VALUES[known])].flat() : value
  }

  conditions(statement) {
    return Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) => Object.keys(keys).map((key) => [operator, key]))
  }

  addCondition(statement, key) {
    const operator = this.operator(key)
    statement.Condition ??= {}
    statement.Condition[operator] ??= {}
    statement.Condition[operator][this.chance(0.05) ? this.recase(key) : key] = this.value(key, operator)
  }

  changeCondition(statement) {
    const all = this.conditions(statement)
    if (all.length === 0) return this.addCondition(statement, this.one(Object.keys(VALUES)))
    const [operator, key] = this.one(all)
    const value = statement.Condition[operator][key]
    const remove = () => {
      delete statement.Condition[operator][key]
      if (Object.keys(statement.Condition[operator]).length === 0) delete statement.Condition[operator]
    }
    switch (this.one(['remove', 'operator', 'operator', 'value', 'value', 'more', 'case'])) {
      case 'remove':
        return remove()
      case 'operator': {
        remove()
        const other = this.operator(key)
        statement.Condition[other] ??= {}
        statement.Condition[other][key] = /null/i.test(other) ? this.value(key, other) : value
        return
      }
      case 'value':
        statement.Condition[operator][key] = this.value(key, operator)
        return
      case 'more':
        statement.Condition[operator][key] = [value, this.value(key, operator)].flat()
        return
      case 'case':
        remove()
        statement.Condition[operator] = { ...statement.Condition[operator], [this.recase(key)]: value }
    }
  }

  changeStatement(statement) {
    switch (this.one(['change', 'change', 'change', 'add', 'add', 'principal', 'principal', 'action', 'effect', 'element'])) {
      case 'change':
        return this.changeCondition(statement)
      case 'add':
        return this.addCondition(statement, this.one([NAME, NAME, PRINCIPAL, PRINCIPAL, AUDIENCE, ...Object.keys(VALUES)]))
      case 'principal':
        delete statement.NotPrincipal
        statement.Principal = structuredClone(this.one(PRINCIPALS))
        return
      case 'action':
        delete statement.NotAction
        statement.Action = this.one(ACTIONS)
        return
      case 'effect':
        if (this.chance(0.3)) statement.Effect = 'Deny'
        return
      case 'element':
        if (this.chance(0.5)) {
          delete statement.Action
          statement.NotAction = this.one(['iam:*', 'sts:AssumeRole', 'sts:TagSession'])
        } else {
          delete statement.Principal
          statement.NotPrincipal = this.one([{ AWS: `arn:aws:iam::${ACCOUNT}:role/ci` }, { AWS: '*' }, { Federated: PROVIDER }])
        }
    }
  }

  denyStatement() {
    const deny = { Effect: 'Deny', Principal: structuredClone(this.one(PRINCIPALS.slice(0, 16))), Action: this.one(ACTIONS) }
    const count = this.one([0, 1, 1, 2])
    for (let n = 0; n < count; n++) this.addCondition(deny, this.one(Object.keys(VALUES)))
    return deny
  }

  // Returns the text of a policy. With a duplicate key, the last one is that of the policy.
  policy() {
    const policy = structuredClone(this.one(this.bases))
    const changes = this.one([1, 1, 1, 2, 2, 3, 4])
    for (let n = 0; n < changes; n++) this.changeStatement(this.one(policy.Statement))
    if (this.chance(0.08)) policy.Statement.push(structuredClone(this.one(this.bases).Statement[0]))
    if (this.chance(0.06)) policy.Statement.push(this.denyStatement())
    if (this.chance(0.03)) policy.Version = '2008-10-17'
    if (this.chance(0.03)) delete policy.Version
    if (this.chance(0.05) && policy.Statement.length === 1) policy.Statement = policy.Statement[0]
    const text = JSON.stringify(policy)
    return this.chance(0.02) ? { text: this.duplicate(text), isDuplicate: true } : { text, isDuplicate: false }
  }

  duplicate(text) {
    const keys = [...text.matchAll(/"[^"]+":/g)]
    const at = this.one(keys)
    return `${text.slice(0, at.index)}${at[0]}"*",${text.slice(at.index)}`
  }
}

export function* policies(seed, count) {
  const generator = new Generator(seed)
  for (let n = 0; n < count; n++) yield generator.policy()
}

// Each operator and qualifier with each key that decides: in place of the guide's condition, and beside it.
export function* operators() {
  const keys = [[NAME, 0], ['SAML:sub', 0], [PRINCIPAL, 0], ['aws:PrincipalTag/email', 0], ['identitystore:UserId', 0], [AUDIENCE, 1], ['SAML:sub', 1], ['SAML:iss', 1], [NAME, 1]]
  const bases = new Generator(0).bases
  for (const [key, base] of keys)
    for (const qualifier of ['', 'ForAllValues:', 'ForAnyValue:'])
      for (const suffix of ['', 'IfExists'])
        for (const operator of [...TEXT, ...ARN, 'Null', 'Bool'])
          for (const beside of [false, true]) {
            if (ARN.includes(operator) && key !== PRINCIPAL) continue
            const any = ARN.includes(operator) ? 'arn:*:*:*:*:*' : '*'
            const list = operator === 'Null' || operator === 'Bool' ? ['true', 'false'] : [...new Set([VALUES[key][0], VALUES[key][1], any])]
            for (const value of list) {
              const policy = structuredClone(bases[base])
              const condition = policy.Statement[0].Condition
              if (!beside) for (const name of Object.keys(condition)) if (key in condition[name]) delete condition[name]
              const name = qualifier + operator + suffix
              if (condition[name]?.[key] !== undefined) continue
              condition[name] = { ...condition[name], [key]: value }
              yield { text: JSON.stringify(policy), isDuplicate: false }
            }
          }
}

export { attacks, users }
