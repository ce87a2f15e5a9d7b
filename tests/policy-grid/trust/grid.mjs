// Puts the same policies to `policy check` and to the simulator, and compares what they say.
//
// What the simulator does otherwise than AWS, and how it is made up for:
// * It takes ${…} for a variable in policies of every Version. It is plain text unless the Version is 2012-10-17: `asPlainText`.
// * Of a key that a policy has twice it takes the last. IAM refuses the policy: `policy check` must refuse it, too.
// * It takes identity providers for principals of their account. Only a Federated principal or * lets a sign-in at one in, and the
//   request of such a sign-in is of no account: `forUnsigned`.
// * What is no ARN neither matches nor differs from one: no policy has such ARNs, or Arn operators with keys of other texts. AWS
//   does not document whether "*" is one: Arn operators have arn:*:*:*:*:* instead.
// * It compares federated principals as text, so "*" matches none. It never says that such a policy lets an attack through.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { operators, policies } from './policies.mjs'
import { ACCOUNT, attacks, others, users } from './requests.mjs'

const { values: options } = parseArgs({
  options: {
    modules: { type: 'string' },
    binary: { type: 'string' },
    cases: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    operators: { type: 'string', default: 'yes' },
    show: { type: 'string' },
  },
})
const require = createRequire(join(options.modules, 'package.json'))
const { runSimulation } = require('@cloud-copilot/iam-simulate')
const { createValidatedPolicy, validateIdentityPolicy, validateTrustPolicy } = require('@cloud-copilot/iam-policy')
const binary = resolve(options.binary)
const home = mkdtempSync(join(tmpdir(), 'policy-grid-'))

// Notes that say that some users may be denied.
const NARROWER = ['trust-condition', 'trust-principal-narrow', 'trust-name-case', 'trust-deny']

function check(text) {
  return new Promise((done, fail) => {
    const words = ['policy', 'check', '-', '--account-id', ACCOUNT, '--output', 'json']
    const child = spawn(binary, words, { env: { HOME: home, PATH: '' } })
    let out = ''
    let err = ''
    child.stdout.on('data', (data) => (out += data))
    child.stderr.on('data', (data) => (err += data))
    child.on('error', fail)
    child.on('close', (code) => {
      const refused = err.includes('invalid input for `policy check`')
      if (!refused && !out) fail(new Error(`policy check exited with ${code}: ${err}`))
      const findings = refused ? [] : JSON.parse(out).findings
      const ids = (severity) => findings.filter((f) => f.severity === severity).map((f) => f.id)
      done({ refused, dangerous: ids('dangerous'), wrong: ids('wrong'), notes: ids('note').filter((id) => id !== 'not-looked-at'), err })
    })
    child.stdin.on('error', () => {})
    child.stdin.end(text)
  })
}

// The caller's own account allows everything.
const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }] }
const identityPolicies = [{ name: 'all', policy: createValidatedPolicy(everything, validateIdentityPolicy) }]

const simulation = (resourcePolicy, { action, principal, context }) => ({
  request: { principal, action, resource: { resource: `arn:aws:iam::${ACCOUNT}:role/apono-k8s-access`, accountId: ACCOUNT }, contextVariables: context },
  identityPolicies,
  serviceControlPolicies: [],
  resourceControlPolicies: [],
  resourcePolicy,
})

const asPlainText = (policy) => (policy.Version === '2012-10-17' ? policy : JSON.parse(JSON.stringify(policy).replaceAll('${', '$ {')))

const each = (value) => [value].flat()

function forUnsigned(policy) {
  const statements = each(policy.Statement).map((statement) => {
    const { AWS, ...others } = statement.Principal ?? {}
    return AWS === undefined || each(AWS).includes('*') ? statement : { ...statement, Principal: others }
  })
  return { ...policy, Statement: statements.filter((s) => typeof s.Principal !== 'object' || Object.keys(s.Principal).length > 0) }
}

// What every user's request is known to have. `policy check` has to judge conditions on that; all other conditions it only notes.
const KNOWN = {
  'sts:AssumeRole': { keys: ['sts:rolesessionname', 'saml:sub', 'saml:aud', 'saml:iss', 'aws:principalarn', 'aws:principalaccount', 'aws:sourcearn'], variables: ['${saml:sub}'] },
  'sts:AssumeRoleWithSAML': { keys: ['sts:rolesessionname', 'sts:externalid', 'saml:aud', 'aws:principalarn', 'aws:principalaccount', 'aws:principalorgid', 'aws:principaltag/email', 'aws:sourcearn'], variables: [] },
}

// Returns the policy without the conditions on what is not known.
function decisive(policy, known) {
  const isKnown = (operator, key, values) =>
    /string|arn|null/i.test(operator) && known.keys.includes(key.toLowerCase()) && each(values).every((v) => !String(v).includes('${') || known.variables.includes(v.toLowerCase()))
  const statements = each(policy.Statement).flatMap((statement) => {
    const all = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) => Object.entries(keys).map(([key, values]) => [operator, key, values]))
    const some = all.filter((condition) => isKnown(...condition))
    if (statement.Effect === 'Deny' && some.length < all.length) return []
    const Condition = {}
    for (const [operator, key, values] of some) Condition[operator] = { ...Condition[operator], [key]: values }
    return [{ ...statement, Condition }]
  })
  return { ...policy, Statement: statements }
}

async function allows(policy, request) {
  const forIt = request.action === 'sts:AssumeRole' ? policy : forUnsigned(policy)
  if (forIt.Statement.length === 0) return false
  const answer = await runSimulation(simulation(createValidatedPolicy(forIt, () => []), request), { simulationMode: 'Strict' })
  if (answer.resultType === 'error') throw new Error(JSON.stringify(answer.errors))
  return answer.overallResult === 'Allowed'
}

// Returns who gets in, or that the policy is no valid policy.
async function simulate(text) {
  const policy = asPlainText(JSON.parse(text))
  const errors = validateTrustPolicy(policy)
  if (errors.length > 0) return { invalid: JSON.stringify(errors) }
  const all = (requests, policy) => Promise.all(requests.map((request) => allows(policy, request)))
  const [sso, saml] = [await all(users.sso, policy), await all(users.saml, policy)]
  let attack
  for (const name of Object.keys(attacks)) if (!attack && (await allows(policy, attacks[name]))) attack = name
  const few = await all([...others.sso, ...others.saml], policy)
  const anyone = [...sso, ...saml, ...few].includes(true)
  const decided = async (requests) => (await all(requests, decisive(policy, KNOWN[requests[0].action]))).includes(true)
  return {
    attack,
    anyone,
    // Without the conditions that are noted only.
    anyoneAsKnown: anyone || (await decided([...users.sso, ...others.sso])) || (await decided([...users.saml, ...others.saml])),
    // At SAML, the admin decides for one endpoint.
    everyone: !sso.includes(false) || saml.includes(true),
  }
}

// Returns in what the two differ. The ones in capitals are failures.
function compare({ isDuplicate }, verdict, truth) {
  const differences = []
  const clean = !verdict.refused && verdict.dangerous.length === 0 && verdict.wrong.length === 0
  const narrower = verdict.notes.some((id) => NARROWER.includes(id))
  if (isDuplicate && !verdict.refused) differences.push('A DUPLICATE KEY IS READ')
  if (verdict.refused) return differences
  if (truth.invalid) {
    if (clean && !narrower) differences.push('called good, and the simulator takes it for invalid')
    return differences
  }
  if (truth.attack && verdict.dangerous.length === 0) differences.push('AN ATTACK GETS THROUGH, AND IT IS NOT CALLED DANGEROUS')
  if (!truth.anyoneAsKnown && clean) differences.push('NO USER GETS IN, AND IT IS CALLED GOOD')
  else if (!truth.anyone && clean && !narrower) differences.push('NO USER GETS IN, AND IT IS NOT NOTED')
  else if (!truth.everyone && clean && !narrower) differences.push('SOME USERS ARE DENIED, AND IT IS CALLED GOOD')
  if (!truth.attack && verdict.dangerous.length > 0) differences.push('called dangerous, and none of the attacks gets through')
  if (truth.everyone && verdict.dangerous.length === 0 && verdict.wrong.includes('trust-nobody')) differences.push('ALL USERS GET IN, AND IT SAYS NOT')
  return differences
}

async function main() {
  const cases = [...(options.operators === 'yes' ? operators() : []), ...policies(Number(options.seed), Number(options.cases))]
  if (options.show !== undefined) {
    const { text } = cases[Number(options.show)]
    console.log(JSON.stringify(JSON.parse(text), null, 1), await check(text), await simulate(text))
    return 0
  }
  const counts = new Map()
  const examples = new Map()
  const add = (what) => counts.set(what, (counts.get(what) ?? 0) + 1)
  const alarms = new Map()
  let next = 0
  const worker = async () => {
    while (next < cases.length) {
      const number = next++
      const policy = cases[number]
      const [verdict, truth] = [await check(policy.text), await simulate(policy.text)]
      const kind = verdict.refused ? 'refused' : verdict.dangerous.length ? 'dangerous' : verdict.wrong.length ? 'wrong' : verdict.notes.length ? 'good, with notes' : 'good'
      add(`verdict: ${kind}`)
      add(truth.invalid ? 'simulator: invalid' : `simulator: ${truth.attack ? 'an attack gets through' : truth.everyone ? 'as in the guide' : truth.anyone ? 'some users are denied' : 'no user gets in'}`)
      for (const difference of compare(policy, verdict, truth)) {
        add(`difference: ${difference}`)
        examples.set(difference, [...(examples.get(difference) ?? []), { number, verdict, truth, text: policy.text }])
        if (difference.startsWith('called dangerous')) for (const id of new Set(verdict.dangerous)) alarms.set(id, (alarms.get(id) ?? 0) + 1)
      }
    }
  }
  await Promise.all(Array.from({ length: 3 }, worker))
  console.log(`${cases.length} policies, ${Object.keys(attacks).length} attacks, ${users.sso.length + users.saml.length} sign-ins`)
  for (const what of [...counts.keys()].sort()) console.log(String(counts.get(what)).padStart(7), what)
  for (const [id, count] of alarms) console.log(String(count).padStart(7), `of the dangerous ones without attack: ${id}`)
  let failed = 0
  for (const [difference, found] of examples) {
    if (difference !== difference.toUpperCase()) continue
    failed += found.length
    found.sort((a, b) => a.text.length - b.text.length)
    for (const { number, verdict, truth, text } of found.slice(0, Number(process.env.EXAMPLES ?? 5))) {
      console.log(`\n${difference}\n  policy ${number}: ${text}`)
      console.log(`  verdict: ${[...verdict.dangerous, ...verdict.wrong, ...verdict.notes].join(', ') || 'good'}`)
      console.log(`  simulator: ${truth.invalid ?? JSON.stringify(truth)}`)
    }
  }
  console.log(`\n${cases.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} finally {
  rmSync(home, { recursive: true, force: true })
}
