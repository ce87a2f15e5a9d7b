
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'apono-login' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'apono-login'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'apono-login' {
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'Get credentials that are valid this long: 15m to 12h, as in 3600, 90m or 1h30m [default: duration_seconds of the profile, else 1h]')
            [CompletionResult]::new('--saml-response', '--saml-response', [CompletionResultType]::ParameterName, 'Read the SAML response from this file (base64, or the form that contains it) instead of using a browser; `-` for standard input')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Get new credentials even if the cached ones have not expired')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Log in to every installed profile')
            [CompletionResult]::new('--device-code', '--device-code', [CompletionResultType]::ParameterName, 'Sign in anew with a code, in a browser on any device')
            [CompletionResult]::new('--no-browser', '--no-browser', [CompletionResultType]::ParameterName, 'Sign in anew, and print the link instead of opening a browser')
            [CompletionResult]::new('--switch-user', '--switch-user', [CompletionResultType]::ParameterName, 'Sign in as another user: end the present sign-in first')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print the version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Sign in if needed and get role credentials (default)')
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Set up an AWS profile, and clusters')
            [CompletionResult]::new('update-kubeconfig', 'update-kubeconfig', [CompletionResultType]::ParameterValue, 'Add a cluster to your kubeconfig')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show your session name, role and time left')
            [CompletionResult]::new('whoami', 'whoami', [CompletionResultType]::ParameterValue, 'Show your session name, role and time left')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check every step from this computer to the cluster and show how to fix what fails')
            [CompletionResult]::new('exec', 'exec', [CompletionResultType]::ParameterValue, 'Run a command with role credentials in its environment')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Delete the cached credentials')
            [CompletionResult]::new('uninstall', 'uninstall', [CompletionResultType]::ParameterValue, 'Remove what install and update-kubeconfig wrote, and the cached credentials')
            [CompletionResult]::new('get-token', 'get-token', [CompletionResultType]::ParameterValue, 'Print a cluster token for kubectl (an ExecCredential)')
            [CompletionResult]::new('export-credentials', 'export-credentials', [CompletionResultType]::ParameterValue, 'Print role credentials for another tool')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Inspect a cluster token')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'Print or check the AWS and EKS setup of the role')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print or write the manual pages')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print the help of a command')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Print the version')
            break
        }
        'apono-login;login' {
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'Get credentials that are valid this long: 15m to 12h, as in 3600, 90m or 1h30m [default: duration_seconds of the profile, else 1h]')
            [CompletionResult]::new('--saml-response', '--saml-response', [CompletionResultType]::ParameterName, 'Read the SAML response from this file (base64, or the form that contains it) instead of using a browser; `-` for standard input')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Get new credentials even if the cached ones have not expired')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Log in to every installed profile')
            [CompletionResult]::new('--device-code', '--device-code', [CompletionResultType]::ParameterName, 'Sign in anew with a code, in a browser on any device')
            [CompletionResult]::new('--no-browser', '--no-browser', [CompletionResultType]::ParameterName, 'Sign in anew, and print the link instead of opening a browser')
            [CompletionResult]::new('--switch-user', '--switch-user', [CompletionResultType]::ParameterName, 'Sign in as another user: end the present sign-in first')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;install' {
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Set the AWS account ID of the cluster (12 digits)')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Set your email exactly as your identity provider has it, including capitals')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Set the region of the cluster')
            [CompletionResult]::new('--source-profile', '--source-profile', [CompletionResultType]::ParameterName, 'Assume the role with the credentials of this profile [default: the installed one, else default; with --sso-start-url a profile for it, else a new one]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Set the role that your admin created, with its path if it has one [default: the installed one, else apono-k8s-access]')
            [CompletionResult]::new('--sso-start-url', '--sso-start-url', [CompletionResultType]::ParameterName, 'Sign in at the AWS access portal with this start URL')
            [CompletionResult]::new('--sso-region', '--sso-region', [CompletionResultType]::ParameterName, 'Set the region of the access portal [default: that of a profile with the same start URL, else --region]')
            [CompletionResult]::new('--sso-account-id', '--sso-account-id', [CompletionResultType]::ParameterName, 'Sign in to this AWS account [default: --account-id]')
            [CompletionResult]::new('--sso-role-name', '--sso-role-name', [CompletionResultType]::ParameterName, 'Sign in with this permission set')
            [CompletionResult]::new('--sso-session', '--sso-session', [CompletionResultType]::ParameterName, 'Use this sso-session of the AWS config file, or write one of this name: for several sign-ins at one access portal [default: the one in use, else the one that is signed in]')
            [CompletionResult]::new('--saml-provider', '--saml-provider', [CompletionResultType]::ParameterName, 'Set the name of your SAML identity provider in IAM [default: the one in the SAML response]')
            [CompletionResult]::new('--saml-url', '--saml-url', [CompletionResultType]::ParameterName, 'Sign in at your SAML identity provider by the link that opens AWS there')
            [CompletionResult]::new('--cluster-name', '--cluster-name', [CompletionResultType]::ParameterName, 'Log in and add this cluster to your kubeconfig (repeatable)')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Set up the accounts, sign-ins and clusters of this team file')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('--device-code', '--device-code', [CompletionResultType]::ParameterName, 'Sign in anew with a code, in a browser on any device')
            [CompletionResult]::new('--no-browser', '--no-browser', [CompletionResultType]::ParameterName, 'Sign in anew, and print the link instead of opening a browser')
            [CompletionResult]::new('--switch-user', '--switch-user', [CompletionResultType]::ParameterName, 'Sign in as another user: end the present sign-in first')
            [CompletionResult]::new('--credential-process', '--credential-process', [CompletionResultType]::ParameterName, 'Let AWS tools get credentials from apono-login instead of assuming the role themselves, which tools written in C++ cannot')
            [CompletionResult]::new('--refresh-clusters', '--refresh-clusters', [CompletionResultType]::ParameterName, 'Look up all clusters of the team file, as after one was created again [default: those that were not looked up in the last 24 hours]')
            [CompletionResult]::new('--no-switch', '--no-switch', [CompletionResultType]::ParameterName, 'Do not switch the current context')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the change as a unified diff and write nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not prompt; overwrite an existing profile and use the email from the sign-in')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;update-kubeconfig' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Add this EKS cluster')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Look for the cluster in this region [default: $AWS_REGION, else the region of the profile]')
            [CompletionResult]::new('--alias', '--alias', [CompletionResultType]::ParameterName, 'Set the name of the context [default: the ARN of the cluster]')
            [CompletionResult]::new('--user-alias', '--user-alias', [CompletionResultType]::ParameterName, 'Set the name of the user entry [default: PROFILE@ARN]')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Set the namespace of the context')
            [CompletionResult]::new('--proxy-url', '--proxy-url', [CompletionResultType]::ParameterName, 'Send kubectl''s requests to the cluster through this proxy: an http, https or socks5 URL; "" means none [default: the proxy of the entry]')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Write to this kubeconfig [default: the file of $KUBECONFIG that has the entry, else its first file, else ~/.kube/config]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('--no-switch', '--no-switch', [CompletionResultType]::ParameterName, 'Do not switch the current context')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the change as a unified diff and write nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;status' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Set the output format')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('--short', '--short', [CompletionResultType]::ParameterName, 'Print one short line for a shell prompt, or nothing if no credentials are cached')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;whoami' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Set the output format')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('--short', '--short', [CompletionResultType]::ParameterName, 'Print one short line for a shell prompt, or nothing if no credentials are cached')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;doctor' {
            [CompletionResult]::new('--cluster-name', '--cluster-name', [CompletionResultType]::ParameterName, 'Check access to this EKS cluster [default: that of the current context, if apono-login wrote it]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Look for the cluster in this region [default: $AWS_REGION, else the region of the profile]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Set the output format')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;exec' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;logout' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Delete the credentials of every profile, and the key that encrypts the cache')
            [CompletionResult]::new('--sso', '--sso', [CompletionResultType]::ParameterName, 'Sign out too, of all installed profiles if none is named: end the SSO session, for every AWS tool on this computer; or, with SAML, delete the data of the sign-in browser')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;uninstall' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Uninstall what was installed from this team file')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Remove the entries from this kubeconfig [default: all files of $KUBECONFIG, else ~/.kube/config]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Uninstall every installed profile')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the changes as unified diffs and write nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not prompt; required where there is no terminal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;get-token' {
            [CompletionResult]::new('--cluster-name', '--cluster-name', [CompletionResultType]::ParameterName, 'Print a token for this EKS cluster')
            [CompletionResult]::new('--cluster-id', '--cluster-id', [CompletionResultType]::ParameterName, 'Print a token for the cluster with this ID: a local cluster on an AWS Outpost takes its ID instead of its name')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Set the region of the cluster [default: $AWS_REGION, else the region of the profile]')
            [CompletionResult]::new('--api-version', '--api-version', [CompletionResultType]::ParameterName, 'Answer in this version of the ExecCredential API, v1 or v1beta1, where the client requests none in $KUBERNETES_EXEC_INFO [default: v1]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;export-credentials' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Set the output format: process is for credential_process, the others are for shells')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;token' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Show the contents of a cluster token and whether a cluster would accept it')
            break
        }
        'apono-login;token;inspect' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Set the output format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;policy' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('trust-sso', 'trust-sso', [CompletionResultType]::ParameterValue, 'Print the role for people who sign in through IAM Identity Center (AWS SSO)')
            [CompletionResult]::new('trust-saml', 'trust-saml', [CompletionResultType]::ParameterValue, 'Print the role for people who sign in at an identity provider (SAML)')
            [CompletionResult]::new('permissions', 'permissions', [CompletionResultType]::ParameterValue, 'Print the permissions policy of the role: to find a cluster, and nothing else')
            [CompletionResult]::new('assume-role', 'assume-role', [CompletionResultType]::ParameterValue, 'Print what a permission set, source role or user needs to assume the role')
            [CompletionResult]::new('aws-auth', 'aws-auth', [CompletionResultType]::ParameterValue, 'Print the entry of the role for the aws-auth ConfigMap of a cluster')
            [CompletionResult]::new('access-entry', 'access-entry', [CompletionResultType]::ParameterValue, 'Print the EKS access entry of the role, for use instead of aws-auth')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Show where the current setup differs from the guide, dangerous settings first')
            break
        }
        'apono-login;policy;trust-sso' {
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Set the AWS account ID of the cluster [default: from the installed profile]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Set the output format; aws-cli is a shell script, cloudformation a YAML template')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;policy;trust-saml' {
            [CompletionResult]::new('--saml-provider', '--saml-provider', [CompletionResultType]::ParameterName, 'Set the name of the identity provider in IAM')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Set the AWS account ID of the cluster [default: from the installed profile]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]')
            [CompletionResult]::new('--max-session-duration', '--max-session-duration', [CompletionResultType]::ParameterName, 'Set the maximum session duration of the role: 1h to 12h, as in 7200 or 1h30m; not with json and yaml [default: 1h]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Set the output format; aws-cli is a shell script, cloudformation a YAML template')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;policy;permissions' {
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Set the AWS account ID of the cluster [default: from the installed profile]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Set the output format; aws-cli is a shell script, cloudformation a YAML template')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;policy;assume-role' {
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Set the AWS account ID of the cluster [default: from the installed profile]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]')
            [CompletionResult]::new('--also', '--also', [CompletionResultType]::ParameterName, 'Also allow this action, for a sign-in that has session tags or a source identity; can be repeated')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Set the output format')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;policy;aws-auth' {
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Set the AWS account ID of the cluster [default: from the installed profile]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]')
            [CompletionResult]::new('--username-prefix', '--username-prefix', [CompletionResultType]::ParameterName, 'Set the prefix of the email in usernames, if Apono grants access to such names')
            [CompletionResult]::new('--cluster-name', '--cluster-name', [CompletionResultType]::ParameterName, 'Set the EKS cluster for --format aws-cli')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Set the output format; aws-cli is a shell script')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;policy;access-entry' {
            [CompletionResult]::new('--cluster-name', '--cluster-name', [CompletionResultType]::ParameterName, 'Set the EKS cluster')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Set the AWS account ID of the cluster [default: from the installed profile]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]')
            [CompletionResult]::new('--username-prefix', '--username-prefix', [CompletionResultType]::ParameterName, 'Set the prefix of the email in usernames, with a colon [default: apono-managed-user:]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Set the output format; aws-cli is a shell script, cloudformation a YAML template')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;policy;check' {
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Set the AWS account ID of the cluster [default: from the installed profile]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]')
            [CompletionResult]::new('--saml-provider', '--saml-provider', [CompletionResultType]::ParameterName, 'Set the name of the SAML identity provider in IAM')
            [CompletionResult]::new('--username-prefix', '--username-prefix', [CompletionResultType]::ParameterName, 'Set the prefix of the email in usernames')
            [CompletionResult]::new('--cluster-name', '--cluster-name', [CompletionResultType]::ParameterName, 'Also check the access entry of the role in this EKS cluster, which overrides aws-auth')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Use this context of your kubeconfig [default: the current one]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Set the output format')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;man' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Write one page for each command to this folder')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;help' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;version' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Color the output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print what is done, why, and how long it takes')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
