// The requests that are put to a policy: sign-ins of users whom the guide lets in, and attacks.

export const ACCOUNT = '111122223333'
export const PROVIDER = `arn:aws:iam::${ACCOUNT}:saml-provider/Okta`
const OTHER = '444455556666'
const AWS = 'https://signin.aws.amazon.com/saml'
const SAML = 'sts:AssumeRoleWithSAML'
const WEB = 'sts:AssumeRoleWithWebIdentity'

const common = { 'aws:SourceIp': '192.0.2.7', 'aws:SecureTransport': 'true' }

// A call of sts:AssumeRole by a role. `name` is the session name that the caller chooses.
function caller(account, path, name, more = {}) {
  const role = path.split('/').pop()
  return {
    action: 'sts:AssumeRole',
    principal: `arn:aws:sts::${account}:assumed-role/${role}/session`,
    context: {
      ...common,
      'sts:RoleSessionName': name,
      'aws:PrincipalArn': `arn:aws:iam::${account}:role/${path}`,
      'aws:PrincipalAccount': account,
      'aws:PrincipalType': 'AssumedRole',
      'aws:userid': `AROAEXAMPLE:session`,
      ...more,
    },
  }
}

const permissionSet = (set) => `aws-reserved/sso.amazonaws.com/${set}`
const SETS = ['AWSReservedSSO_Engineer_0123456789abcdef', 'eu-west-1/AWSReservedSSO_Admin_0123456789abcdef'].map(permissionSet)
const of = (email) => ({
  'saml:sub': email,
  'aws:PrincipalTag/email': email,
  'identitystore:UserId': `u-${email.split('@')[0]}`,
  'aws:PrincipalOrgID': 'o-1',
})

// A sign-in at a SAML provider, which sets the session name.
function response(principal, audience, email, more = {}) {
  const context = { ...common, 'sts:RoleSessionName': email, 'saml:sub': 'g-12345', 'saml:iss': 'https://okta.example.com', ...more }
  return { action: SAML, principal, context: audience ? { ...context, 'saml:aud': audience } : context }
}

const token = (principal) => ({ action: WEB, principal, context: { ...common, 'sts:RoleSessionName': 'alice@example.com' } })

export const users = {
  sso: ['alice@example.com', 'bob@example.com'].flatMap((email) => SETS.map((set) => caller(ACCOUNT, set, email, of(email)))),
  saml: [AWS, 'https://eu-west-1.signin.aws.amazon.com/saml'].flatMap((audience) =>
    ['alice@example.com', 'bob@example.com'].map((email) => response(PROVIDER, audience, email)),
  ),
}

// Users of another domain, and with a name in other letters: a policy can be for some of these only.
export const others = {
  sso: SETS.flatMap((set) => [
    caller(ACCOUNT, set, 'carol@example.org', of('carol@example.org')),
    caller(ACCOUNT, set, 'BOB@example.com', of('bob@example.com')),
  ]),
  saml: [response(PROVIDER, AWS, 'carol@example.org'), response(PROVIDER, AWS, 'BOB@example.com')],
}

const [alice, bob] = ['alice@example.com', 'bob@example.com']
const signedIn = { 'saml:sub': alice, 'aws:PrincipalOrgID': 'o-1' }

export const attacks = {
  "a colleague's name": caller(ACCOUNT, SETS[0], bob, of(alice)),
  "a colleague's name, region in the path": caller(ACCOUNT, SETS[1], bob, of(alice)),
  'a name that is no email': caller(ACCOUNT, SETS[0], 'admin', of(alice)),
  'no email': caller(ACCOUNT, SETS[0], bob),
  'all that a caller can choose': caller(ACCOUNT, SETS[0], bob, { ...of(alice), 'sts:ExternalId': bob, 'sts:SourceIdentity': bob, 'aws:RequestTag/email': bob }),
  'another role': caller(ACCOUNT, 'ci', alice),
  'another role of the organization': caller(ACCOUNT, 'ci', alice, { 'aws:PrincipalOrgID': 'o-1' }),
  'another role that says it is alice': caller(ACCOUNT, 'ci', alice, { ...signedIn, 'aws:PrincipalTag/email': alice }),
  'a role with a name like it': caller(ACCOUNT, 'team/AWSReservedSSO_Engineer', alice, signedIn),
  'a user': {
    ...caller(ACCOUNT, 'x', alice, { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:user/alice`, 'aws:username': alice, 'aws:PrincipalType': 'User' }),
    principal: `arn:aws:iam::${ACCOUNT}:user/alice`,
  },
  "another account's role": caller(OTHER, 'ci', alice, { 'saml:sub': alice }),
  "another account's role of the organization": caller(OTHER, 'ci', alice, signedIn),
  "another account's permission set": caller(OTHER, SETS[0], alice, { 'saml:sub': alice }),
  "another account's permission set, region in the path": caller(OTHER, SETS[1], alice, { 'saml:sub': alice }),
  'a service': { ...caller(ACCOUNT, 'x', alice), principal: 'ec2.amazonaws.com', context: { ...common, 'sts:RoleSessionName': alice } },
  'a response for another service': response(PROVIDER, 'https://evil.example.com/saml', alice),
  'a response for a service with a similar name': response(PROVIDER, 'https://signin.aws.amazon.com.evil.example.com/saml', alice),
  'a response without audience': response(PROVIDER, undefined, alice),
  "another account's provider": response(`arn:aws:iam::${OTHER}:saml-provider/Okta`, AWS, alice, { 'saml:sub': alice }),
  "another account's provider, for another service": response(`arn:aws:iam::${OTHER}:saml-provider/Okta`, 'https://evil.example.com/saml', alice, { 'saml:sub': alice }),
  'a token of a pipeline': token(`arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`),
  'a token of Google': token('accounts.google.com'),
}
