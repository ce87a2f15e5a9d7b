
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
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'Ask for credentials that live this long, over the profile''s duration_seconds')
            [CompletionResult]::new('--saml-response', '--saml-response', [CompletionResultType]::ParameterName, 'SAML response of your identity provider, where no browser can be used here: base64, or the form that carries it; `-` is standard input')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Get new credentials even if the cached ones are still good')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Log in to every installed profile')
            [CompletionResult]::new('--device-code', '--device-code', [CompletionResultType]::ParameterName, 'Sign in with a code, in a browser on any device')
            [CompletionResult]::new('--no-browser', '--no-browser', [CompletionResultType]::ParameterName, 'Print the link to sign in, and open no browser')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Sign in if need be, and get credentials for the role (the default command)')
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Set up your AWS profile, once')
            [CompletionResult]::new('uninstall', 'uninstall', [CompletionResultType]::ParameterValue, 'Take back what install and update-kubeconfig wrote, and the cache')
            [CompletionResult]::new('update-kubeconfig', 'update-kubeconfig', [CompletionResultType]::ParameterValue, 'Add a cluster to your kubeconfig')
            [CompletionResult]::new('get-token', 'get-token', [CompletionResultType]::ParameterValue, 'Print a token for a cluster, as an ExecCredential (kubectl runs this)')
            [CompletionResult]::new('export-credentials', 'export-credentials', [CompletionResultType]::ParameterValue, 'Print the role''s credentials for another tool')
            [CompletionResult]::new('exec', 'exec', [CompletionResultType]::ParameterValue, 'Run a command with the role''s credentials in its environment')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show who you are, and until when')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Walk the whole way from here to the cluster, and say what is wrong and whose it is to mend')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Forget the cached credentials')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Look into a cluster''s token')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'For admins: print the documents that set the role up, or check what is there')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual pages')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell completion script')
            break
        }
        'apono-login;login' {
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'Ask for credentials that live this long, over the profile''s duration_seconds')
            [CompletionResult]::new('--saml-response', '--saml-response', [CompletionResultType]::ParameterName, 'SAML response of your identity provider, where no browser can be used here: base64, or the form that carries it; `-` is standard input')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Get new credentials even if the cached ones are still good')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Log in to every installed profile')
            [CompletionResult]::new('--device-code', '--device-code', [CompletionResultType]::ParameterName, 'Sign in with a code, in a browser on any device')
            [CompletionResult]::new('--no-browser', '--no-browser', [CompletionResultType]::ParameterName, 'Print the link to sign in, and open no browser')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;install' {
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'AWS account of the cluster: 12 digits')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Your email as your identity provider has it, capitals included')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region of the cluster')
            [CompletionResult]::new('--source-profile', '--source-profile', [CompletionResultType]::ParameterName, 'Profile whose credentials may assume the role [default: the one installed, else default; with --sso-… one that fits, else a new one]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Role made by your admin, with its path if it has one [default: the one installed, else apono-k8s-access]')
            [CompletionResult]::new('--sso-start-url', '--sso-start-url', [CompletionResultType]::ParameterName, 'Start URL of your AWS access portal: the source profile signs in there')
            [CompletionResult]::new('--sso-region', '--sso-region', [CompletionResultType]::ParameterName, 'Region of the access portal [default: that of a profile for the same start URL, else --region]')
            [CompletionResult]::new('--sso-account-id', '--sso-account-id', [CompletionResultType]::ParameterName, 'AWS account to sign in to [default: --account-id]')
            [CompletionResult]::new('--sso-role-name', '--sso-role-name', [CompletionResultType]::ParameterName, 'Permission set to sign in with')
            [CompletionResult]::new('--saml-provider', '--saml-provider', [CompletionResultType]::ParameterName, 'Identity provider that signs you in, as it is called in IAM (SAML) [default: the one that the sign-in tells]')
            [CompletionResult]::new('--saml-url', '--saml-url', [CompletionResultType]::ParameterName, 'Link that opens AWS at the identity provider')
            [CompletionResult]::new('--cluster-name', '--cluster-name', [CompletionResultType]::ParameterName, 'Log in and add this cluster to your kubeconfig, too; can be given several times')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Set up all that a team file names: accounts, sign-ins, clusters')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--device-code', '--device-code', [CompletionResultType]::ParameterName, 'Sign in with a code, in a browser on any device')
            [CompletionResult]::new('--no-browser', '--no-browser', [CompletionResultType]::ParameterName, 'Print the link to sign in, and open no browser')
            [CompletionResult]::new('--credential-process', '--credential-process', [CompletionResultType]::ParameterName, 'Let AWS tools fetch credentials through apono-login instead of assuming the role themselves')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the change as a unified diff and write nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Ask nothing: change a profile that is there, take the email that the sign-in tells')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;uninstall' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Take back what was installed from this team file')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Kubeconfig to clean [default: all of $KUBECONFIG, else ~/.kube/config]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Take back every installed profile')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the changes as unified diffs and write nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;update-kubeconfig' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the EKS cluster')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region of the cluster [default: $AWS_REGION, else the profile''s]')
            [CompletionResult]::new('--alias', '--alias', [CompletionResultType]::ParameterName, 'Name of the context [default: the cluster''s ARN]')
            [CompletionResult]::new('--user-alias', '--user-alias', [CompletionResultType]::ParameterName, 'Name of the user entry [default: PROFILE@ARN of the cluster]')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Namespace of the context')
            [CompletionResult]::new('--kubeconfig', '--kubeconfig', [CompletionResultType]::ParameterName, 'Kubeconfig to write [default: the file of $KUBECONFIG with the entry, else its first, else ~/.kube/config]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-switch', '--no-switch', [CompletionResultType]::ParameterName, 'Leave the current context as it is')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the change as a unified diff and write nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;get-token' {
            [CompletionResult]::new('--cluster-name', '--cluster-name', [CompletionResultType]::ParameterName, 'Name of the EKS cluster')
            [CompletionResult]::new('--cluster-id', '--cluster-id', [CompletionResultType]::ParameterName, 'Name of the EKS cluster')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region of the cluster [default: $AWS_REGION, else the profile''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;export-credentials' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'process is what credential_process reads; the others are for shells')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;exec' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;status' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--short', '--short', [CompletionResultType]::ParameterName, 'Print one short line for a shell''s prompt, such as `alice@example.com 42m`: what is cached for the profile, and nothing if that is none. Reads no config file, so a changed profile shows after the next login. The exit status is 0 while those credentials live, else 3')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apono-login;doctor' {
            [CompletionResult]::new('--cluster-name', '--cluster-name', [CompletionResultType]::ParameterName, 'Name of the EKS cluster [default: that of the current context, if apono-login wrote it]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region of the cluster [default: $AWS_REGION, else the profile''s]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;logout' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Forget the credentials of every profile, and the key that sealed them')
            [CompletionResult]::new('--sso', '--sso', [CompletionResultType]::ParameterName, 'End the sign-in too. SSO: here and at AWS, so that every AWS tool has to sign in again. SAML: forget what the browser remembers of you at the identity provider')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;token' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Say what a cluster''s token holds, and whether the cluster would take it; asks nobody')
            break
        }
        'apono-login;token;inspect' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apono-login;policy' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('trust-sso', 'trust-sso', [CompletionResultType]::ParameterValue, 'The role for people who sign in through IAM Identity Center (AWS SSO)')
            [CompletionResult]::new('trust-saml', 'trust-saml', [CompletionResultType]::ParameterValue, 'The role for people who sign in at an identity provider (SAML)')
            [CompletionResult]::new('permissions', 'permissions', [CompletionResultType]::ParameterValue, 'The role''s permissions: to find a cluster, and nothing else')
            [CompletionResult]::new('aws-auth', 'aws-auth', [CompletionResultType]::ParameterValue, 'The role''s entry in the aws-auth ConfigMap of a cluster')
            [CompletionResult]::new('access-entry', 'access-entry', [CompletionResultType]::ParameterValue, 'The role''s EKS access entry, in place of the entry in aws-auth')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'List what differs from the guide in what is there, dangerous settings first')
            break
        }
        'apono-login;policy;trust-sso' {
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'AWS account of the cluster [default: that of the installed profile''s role]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'A region of the cluster: China''s, GovCloud''s and others'' have ARNs and sign-in addresses of their own [default: that of the installed profile]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it: aws-cli is a shell script, cloudformation a template in YAML')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;policy;trust-saml' {
            [CompletionResult]::new('--saml-provider', '--saml-provider', [CompletionResultType]::ParameterName, 'The identity provider, as it is called in IAM')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'AWS account of the cluster [default: that of the installed profile''s role]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'A region of the cluster: China''s, GovCloud''s and others'' have ARNs and sign-in addresses of their own [default: that of the installed profile]')
            [CompletionResult]::new('--max-session-duration', '--max-session-duration', [CompletionResultType]::ParameterName, 'How long sessions may be, up to 12 hours: in the whole role only [default: IAM''s, an hour]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it: aws-cli is a shell script, cloudformation a template in YAML')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;policy;permissions' {
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'AWS account of the cluster [default: that of the installed profile''s role]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'A region of the cluster: China''s, GovCloud''s and others'' have ARNs and sign-in addresses of their own [default: that of the installed profile]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it: aws-cli is a shell script, cloudformation a template in YAML')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;policy;aws-auth' {
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'AWS account of the cluster [default: that of the installed profile''s role]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'A region of the cluster: China''s, GovCloud''s and others'' have ARNs and sign-in addresses of their own [default: that of the installed profile]')
            [CompletionResult]::new('--username-prefix', '--username-prefix', [CompletionResultType]::ParameterName, 'What stands before the email in usernames, if Apono grants to such names')
            [CompletionResult]::new('--cluster-name', '--cluster-name', [CompletionResultType]::ParameterName, 'The cluster, for --format aws-cli')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it: aws-cli is a shell script')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;policy;access-entry' {
            [CompletionResult]::new('--cluster-name', '--cluster-name', [CompletionResultType]::ParameterName, 'Name of the EKS cluster')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'AWS account of the cluster [default: that of the installed profile''s role]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'A region of the cluster: China''s, GovCloud''s and others'' have ARNs and sign-in addresses of their own [default: that of the installed profile]')
            [CompletionResult]::new('--username-prefix', '--username-prefix', [CompletionResultType]::ParameterName, 'What stands before the email in usernames, with a colon [default: apono-managed-user:]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it: aws-cli is a shell script, cloudformation a template in YAML')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;policy;check' {
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'AWS account of the cluster [default: that of the installed profile''s role]')
            [CompletionResult]::new('--role-name', '--role-name', [CompletionResultType]::ParameterName, 'Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'A region of the cluster: China''s, GovCloud''s and others'' have ARNs and sign-in addresses of their own [default: that of the installed profile]')
            [CompletionResult]::new('--saml-provider', '--saml-provider', [CompletionResultType]::ParameterName, 'The identity provider that signs people in, as it is called in IAM (SAML)')
            [CompletionResult]::new('--username-prefix', '--username-prefix', [CompletionResultType]::ParameterName, 'What stands before the email in usernames')
            [CompletionResult]::new('--cluster-name', '--cluster-name', [CompletionResultType]::ParameterName, 'The cluster, whose access entry for the role is looked at, too; it counts before aws-auth')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Context of the cluster in your kubeconfig [default: the current one]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;man' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Write one page for each command into this folder')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apono-login;completions' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done and why')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
