
use builtin;
use str;

set edit:completion:arg-completer[apono-login] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'apono-login'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'apono-login'= {
            cand --duration 'Get credentials that are valid this long: 15m to 12h, as in 3600, 90m or 1h30m [default: duration_seconds of the profile, else 1h]'
            cand --saml-response 'Read the SAML response from this file (base64, or the form that contains it) instead of using a browser; `-` for standard input'
            cand --color 'Color the output'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --force 'Get new credentials even if the cached ones have not expired'
            cand --all 'Log in to every installed profile'
            cand --device-code 'Sign in anew with a code, in a browser on any device'
            cand --no-browser 'Sign in anew, and print the link instead of opening a browser'
            cand --switch-user 'Sign in as another user: end the present sign-in first'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print the version'
            cand --version 'Print the version'
            cand login 'Sign in if needed and get role credentials (default)'
            cand install 'Set up an AWS profile, and clusters'
            cand update-kubeconfig 'Add a cluster to your kubeconfig'
            cand status 'Show your session name, role and time left'
            cand whoami 'Show your session name, role and time left'
            cand doctor 'Check every step from this computer to the cluster and show how to fix what fails'
            cand exec 'Run a command with role credentials in its environment'
            cand logout 'Delete the cached credentials'
            cand uninstall 'Remove what install and update-kubeconfig wrote, and the cached credentials'
            cand get-token 'Print a cluster token for kubectl (an ExecCredential)'
            cand export-credentials 'Print role credentials for another tool'
            cand token 'Inspect a cluster token'
            cand policy 'Print or check the AWS and EKS setup of the role'
            cand completions 'Print a completion script for a shell'
            cand man 'Print or write the manual pages'
            cand help 'Print the help of a command'
            cand version 'Print the version'
        }
        &'apono-login;login'= {
            cand --duration 'Get credentials that are valid this long: 15m to 12h, as in 3600, 90m or 1h30m [default: duration_seconds of the profile, else 1h]'
            cand --saml-response 'Read the SAML response from this file (base64, or the form that contains it) instead of using a browser; `-` for standard input'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand --force 'Get new credentials even if the cached ones have not expired'
            cand --all 'Log in to every installed profile'
            cand --device-code 'Sign in anew with a code, in a browser on any device'
            cand --no-browser 'Sign in anew, and print the link instead of opening a browser'
            cand --switch-user 'Sign in as another user: end the present sign-in first'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;install'= {
            cand --account-id 'Set the AWS account ID of the cluster (12 digits)'
            cand --email 'Set your email exactly as your identity provider has it, including capitals'
            cand --region 'Set the region of the cluster'
            cand --source-profile 'Assume the role with the credentials of this profile [default: the installed one, else default; with --sso-start-url a profile for it, else a new one]'
            cand --role-name 'Set the role that your admin created, with its path if it has one [default: the installed one, else apono-k8s-access]'
            cand --sso-start-url 'Sign in at the AWS access portal with this start URL'
            cand --sso-region 'Set the region of the access portal [default: that of a profile with the same start URL, else --region]'
            cand --sso-account-id 'Sign in to this AWS account [default: --account-id]'
            cand --sso-role-name 'Sign in with this permission set'
            cand --sso-session 'Use this sso-session of the AWS config file, or write one of this name: for several sign-ins at one access portal [default: the one in use, else the one that is signed in]'
            cand --saml-provider 'Set the name of your SAML identity provider in IAM [default: the one in the SAML response]'
            cand --saml-url 'Sign in at your SAML identity provider by the link that opens AWS there'
            cand --cluster-name 'Log in and add this cluster to your kubeconfig (repeatable)'
            cand --from 'Set up the accounts, sign-ins and clusters of this team file'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand --device-code 'Sign in anew with a code, in a browser on any device'
            cand --no-browser 'Sign in anew, and print the link instead of opening a browser'
            cand --switch-user 'Sign in as another user: end the present sign-in first'
            cand --credential-process 'Let AWS tools get credentials from apono-login instead of assuming the role themselves, which tools written in C++ cannot'
            cand --refresh-clusters 'Look up all clusters of the team file, as after one was created again [default: those that were not looked up in the last 24 hours]'
            cand --no-switch 'Do not switch the current context'
            cand --dry-run 'Print the change as a unified diff and write nothing'
            cand --yes 'Do not prompt; overwrite an existing profile and use the email from the sign-in'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;update-kubeconfig'= {
            cand --name 'Add this EKS cluster'
            cand --region 'Look for the cluster in this region [default: $AWS_REGION, else the region of the profile]'
            cand --alias 'Set the name of the context [default: the ARN of the cluster]'
            cand --user-alias 'Set the name of the user entry [default: PROFILE@ARN]'
            cand --namespace 'Set the namespace of the context'
            cand --proxy-url 'Send kubectl''s requests to the cluster through this proxy: an http, https or socks5 URL; "" means none [default: the proxy of the entry]'
            cand --kubeconfig 'Write to this kubeconfig [default: the file of $KUBECONFIG that has the entry, else its first file, else ~/.kube/config]'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand --no-switch 'Do not switch the current context'
            cand --dry-run 'Print the change as a unified diff and write nothing'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;status'= {
            cand --output 'Set the output format'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand --short 'Print one short line for a shell prompt, or nothing if no credentials are cached'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;whoami'= {
            cand --output 'Set the output format'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand --short 'Print one short line for a shell prompt, or nothing if no credentials are cached'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;doctor'= {
            cand --cluster-name 'Check access to this EKS cluster [default: that of the current context, if apono-login wrote it]'
            cand --region 'Look for the cluster in this region [default: $AWS_REGION, else the region of the profile]'
            cand --output 'Set the output format'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;exec'= {
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;logout'= {
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand --all 'Delete the credentials of every profile, and the key that encrypts the cache'
            cand --sso 'Sign out too, of all installed profiles if none is named: end the SSO session, for every AWS tool on this computer; or, with SAML, delete the data of the sign-in browser'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;uninstall'= {
            cand --from 'Uninstall what was installed from this team file'
            cand --kubeconfig 'Remove the entries from this kubeconfig [default: all files of $KUBECONFIG, else ~/.kube/config]'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand --all 'Uninstall every installed profile'
            cand --dry-run 'Print the changes as unified diffs and write nothing'
            cand --yes 'Do not prompt; required where there is no terminal'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;get-token'= {
            cand --cluster-name 'Print a token for this EKS cluster'
            cand --cluster-id 'Print a token for the cluster with this ID: a local cluster on an AWS Outpost takes its ID instead of its name'
            cand --region 'Set the region of the cluster [default: $AWS_REGION, else the region of the profile]'
            cand --api-version 'Answer in this version of the ExecCredential API, v1 or v1beta1, where the client requests none in $KUBERNETES_EXEC_INFO [default: v1]'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;export-credentials'= {
            cand --format 'Set the output format: process is for credential_process, the others are for shells'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;token'= {
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
            cand inspect 'Show the contents of a cluster token and whether a cluster would accept it'
        }
        &'apono-login;token;inspect'= {
            cand --output 'Set the output format'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;policy'= {
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
            cand trust-sso 'Print the role for people who sign in through IAM Identity Center (AWS SSO)'
            cand trust-saml 'Print the role for people who sign in at an identity provider (SAML)'
            cand permissions 'Print the permissions policy of the role: to find a cluster, and nothing else'
            cand assume-role 'Print what a permission set, source role or user needs to assume the role'
            cand aws-auth 'Print the entry of the role for the aws-auth ConfigMap of a cluster'
            cand access-entry 'Print the EKS access entry of the role, for use instead of aws-auth'
            cand check 'Show where the current setup differs from the guide, dangerous settings first'
        }
        &'apono-login;policy;trust-sso'= {
            cand --account-id 'Set the AWS account ID of the cluster [default: from the installed profile]'
            cand --role-name 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]'
            cand --region 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]'
            cand --format 'Set the output format; aws-cli is a shell script, cloudformation a YAML template'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;policy;trust-saml'= {
            cand --saml-provider 'Set the name of the identity provider in IAM'
            cand --account-id 'Set the AWS account ID of the cluster [default: from the installed profile]'
            cand --role-name 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]'
            cand --region 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]'
            cand --max-session-duration 'Set the maximum session duration of the role: 1h to 12h, as in 7200 or 1h30m; not with json and yaml [default: 1h]'
            cand --format 'Set the output format; aws-cli is a shell script, cloudformation a YAML template'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;policy;permissions'= {
            cand --account-id 'Set the AWS account ID of the cluster [default: from the installed profile]'
            cand --role-name 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]'
            cand --region 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]'
            cand --format 'Set the output format; aws-cli is a shell script, cloudformation a YAML template'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;policy;assume-role'= {
            cand --account-id 'Set the AWS account ID of the cluster [default: from the installed profile]'
            cand --role-name 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]'
            cand --region 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]'
            cand --also 'Also allow this action, for a sign-in that has session tags or a source identity; can be repeated'
            cand --format 'Set the output format'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;policy;aws-auth'= {
            cand --account-id 'Set the AWS account ID of the cluster [default: from the installed profile]'
            cand --role-name 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]'
            cand --region 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]'
            cand --username-prefix 'Set the prefix of the email in usernames, if Apono grants access to such names'
            cand --cluster-name 'Set the EKS cluster for --format aws-cli'
            cand --format 'Set the output format; aws-cli is a shell script'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;policy;access-entry'= {
            cand --cluster-name 'Set the EKS cluster'
            cand --account-id 'Set the AWS account ID of the cluster [default: from the installed profile]'
            cand --role-name 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]'
            cand --region 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]'
            cand --username-prefix 'Set the prefix of the email in usernames, with a colon [default: apono-managed-user:]'
            cand --format 'Set the output format; aws-cli is a shell script, cloudformation a YAML template'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;policy;check'= {
            cand --account-id 'Set the AWS account ID of the cluster [default: from the installed profile]'
            cand --role-name 'Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]'
            cand --region 'Set the region of the cluster, which decides the AWS partition [default: from the installed profile]'
            cand --saml-provider 'Set the name of the SAML identity provider in IAM'
            cand --username-prefix 'Set the prefix of the email in usernames'
            cand --cluster-name 'Also check the access entry of the role in this EKS cluster, which overrides aws-auth'
            cand --context 'Use this context of your kubeconfig [default: the current one]'
            cand --output 'Set the output format'
            cand --profile 'Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl''s current context, else apono-k8s-access, else the installed one]'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;completions'= {
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;man'= {
            cand --dir 'Write one page for each command to this folder'
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;help'= {
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apono-login;version'= {
            cand --color 'Color the output'
            cand -v 'Print what is done, why, and how long it takes'
            cand --verbose 'Print what is done, why, and how long it takes'
            cand -h 'Print help'
            cand --help 'Print help'
        }
    ]
    $completions[$command]
}
