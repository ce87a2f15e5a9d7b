//! EKS over AWS's REST-JSON protocol: DescribeCluster, for roles that are allowed to call it.

use serde_json::json;

use super::codec::{base64, identifier, percent_decode, uuid};
use super::http::{Answer, Request};
use super::sts::{Denied, authenticate};
use super::world::{Cluster, Operation, Service, World};

pub fn handle(world: &World, request: &Request) -> (Operation, Answer) {
    let name = request
        .path
        .strip_prefix("/clusters/")
        .filter(|name| !name.is_empty() && !name.contains('/'));
    let operation = match name {
        Some(_) if request.method == "GET" => Operation::DescribeCluster,
        _ => Operation::Other,
    };
    let answer = authenticate(world, request, Service::Eks).and_then(|(caller, region)| {
        let account = caller.account();
        let partition = caller.arn.split(':').nth(1).unwrap_or_default();
        let name = name.and_then(percent_decode).unwrap_or_default();
        let (action, resource) = match operation {
            Operation::DescribeCluster => ("DescribeCluster", format!("cluster/{name}")),
            _ if request.path == "/clusters" => ("ListClusters", "cluster/*".to_owned()),
            _ => {
                return Err((
                    404,
                    "UnknownOperationException",
                    "The requested operation is not known.".to_owned(),
                ));
            }
        };
        let may = world
            .facts()
            .roles
            .iter()
            .any(|role| role.arn == caller.principal_arn && role.may_describe);
        if !may || operation != Operation::DescribeCluster {
            let resource = format!("arn:{partition}:eks:{region}:{account}:{resource}");
            let who = &caller.arn;
            let what = format!(
                "User: {who} is not authorized to perform: eks:{action} on resource: {resource}"
            );
            return Err((403, "AccessDeniedException", what));
        }
        let facts = world.facts();
        let wanted = format!("arn:{partition}:eks:{region}:{account}:cluster/{name}");
        let cluster = facts.clusters.iter().find(|cluster| cluster.arn == wanted);
        let cluster = cluster.ok_or_else(|| not_found(&name))?;
        Ok(Answer::json(200, &json!({ "cluster": describe(cluster) }))
            .with("x-amzn-requestid", uuid())
            .from(&caller.arn))
    });
    (
        operation,
        answer.unwrap_or_else(|(status, code, message)| error(status, code, &message)),
    )
}

/// Returns an error in REST-JSON's format; EKS adds the resource's name to it.
pub fn error(status: u16, code: &str, message: &str) -> Answer {
    let body = match code {
        "ResourceNotFoundException" => json!({
            "clusterName": null, "nodegroupName": null, "fargateProfileName": null, "addonName": null,
            "subscriptionId": null, "message": message,
        }),
        _ => json!({ "message": message }),
    };
    let mut answer = Answer::json(status, &body)
        .with("x-amzn-requestid", uuid())
        .with("x-amzn-errortype", code);
    answer.note = Some(format!("{code}: {message}"));
    answer
}

fn not_found(name: &str) -> Denied {
    (
        404,
        "ResourceNotFoundException",
        format!("No cluster found for name: {name}."),
    )
}

fn describe(cluster: &Cluster) -> serde_json::Value {
    let (name, region) = (cluster.name(), cluster.region());
    let account = cluster.arn.split(':').nth(4).unwrap_or_default();
    let oidc = identifier(cluster.arn.as_bytes(), 32);
    let outpost = cluster.local_id.as_ref().map(|_| {
        json!({
            "outpostArns": [format!("arn:aws:outposts:{region}:{account}:outpost/op-0123456789abcdef0")],
            "controlPlaneInstanceType": "m5.large",
        })
    });
    json!({
        "id": cluster.local_id,
        "outpostConfig": outpost,
        "name": name,
        "arn": cluster.arn,
        "createdAt": 1_760_000_000.123,
        "version": cluster.version,
        "endpoint": cluster.endpoint,
        "roleArn": format!("arn:aws:iam::{account}:role/eks-cluster"),
        "resourcesVpcConfig": {
            "subnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
            "securityGroupIds": [],
            "clusterSecurityGroupId": "sg-0123456789abcdef0",
            "vpcId": "vpc-0123456789abcdef0",
            "endpointPublicAccess": cluster.public,
            "endpointPrivateAccess": !cluster.public,
            "publicAccessCidrs": cluster.networks,
        },
        "kubernetesNetworkConfig": { "serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4" },
        "logging": { "clusterLogging": [{ "types": ["audit"], "enabled": false }] },
        "identity": { "oidc": { "issuer": format!("https://oidc.eks.{region}.amazonaws.com/id/{oidc}") } },
        "status": "ACTIVE",
        "certificateAuthority": { "data": base64(cluster.ca.as_bytes()) },
        "clientRequestToken": null,
        "platformVersion": "eks.9",
        "tags": {},
        "encryptionConfig": null,
        "health": { "issues": [] },
        "accessConfig": { "bootstrapClusterCreatorAdminPermissions": null, "authenticationMode": cluster.authentication_mode },
    })
}
