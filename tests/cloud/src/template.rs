//! The template with its parameters, conditions and references filled in, as far as this template uses them.
//!
//! CloudFormation does the same when it deploys; doing it here shows what a policy names without deploying anything.

use crate::Result;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// `infra/aws/template.yaml`.
pub const TEMPLATE: &str = include_str!("../../../infra/aws/template.yaml");

/// A template, its short forms written out (`!Ref x` as `{"Ref": "x"}`).
#[derive(Debug, Clone)]
pub struct Template(pub Value);

/// Where a template is deployed, and with what.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Name of the stack.
    pub stack: String,
    /// Number of the account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Parameters that are not left at their defaults.
    pub parameters: BTreeMap<String, String>,
}

impl Deployment {
    /// With all parameters at their defaults, in an account that only exists here.
    pub fn new(stack: &str) -> Self {
        Self {
            stack: stack.to_owned(),
            account: "000000000000".to_owned(),
            region: "eu-central-1".to_owned(),
            parameters: BTreeMap::new(),
        }
    }

    /// The partition that the region belongs to.
    fn partition(&self) -> &'static str {
        match self.region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// Suffix of its host names.
    fn suffix(&self) -> &'static str {
        if self.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    /// With this parameter set.
    #[must_use]
    pub fn with(mut self, parameter: &str, value: &str) -> Self {
        self.parameters.insert(parameter.to_owned(), value.to_owned());
        self
    }

    /// With everything switched on that the template makes only when asked.
    #[must_use]
    pub fn with_everything(self) -> Self {
        self.with("JwtIssuer", "https://tokens.example")
            .with("AlarmEmail", "somebody@example.org")
            .with("KmsKeyArn", "arn:aws:kms:eu-central-1:000000000000:key/own")
            .with("EndpointUrl", "http://127.0.0.1:1")
            .with("ReserveConcurrency", "yes")
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When it is no YAML.
    pub fn read(text: &str) -> Result<Self> {
        Ok(Self(written_out(serde_yaml_ng::from_str(text)?)?))
    }

    /// The resources that `deployment` makes, by logical id, everything in them resolved.
    ///
    /// # Errors
    /// When it refers to something that is not there, or by a function that is not known here.
    pub fn resolve(&self, deployment: &Deployment) -> Result<Map<String, Value>> {
        let resolving = Resolving { template: &self.0, deployment };
        let mut made = Map::new();
        let resources = self.0.get("Resources").and_then(Value::as_object).ok_or("no resources")?;
        for (id, resource) in resources {
            let condition = resource.get("Condition").and_then(Value::as_str);
            if condition.map_or(Ok(true), |name| resolving.condition(name))? {
                let mut resource = resource.clone();
                if let Some(members) = resource.as_object_mut() {
                    members.remove("Condition");
                }
                made.extend(resolving.value(&resource)?.map(|resolved| (id.clone(), resolved)));
            }
        }
        Ok(made)
    }
}

impl Template {
    /// The value of an output.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub fn output(&self, name: &str, deployment: &Deployment) -> Result<String> {
        let output = self.0.pointer(&format!("/Outputs/{name}/Value")).ok_or("no such output")?;
        Resolving { template: &self.0, deployment }.text(output)
    }
}

/// YAML's tags as CloudFormation's long forms.
fn written_out(yaml: serde_yaml_ng::Value) -> Result<Value> {
    use serde_yaml_ng::Value as Yaml;
    Ok(match yaml {
        Yaml::Mapping(members) => {
            let member = |(name, value): (Yaml, Yaml)| {
                let name = match name {
                    Yaml::String(name) => name,
                    other => serde_yaml_ng::to_string(&other)?.trim().to_owned(),
                };
                Ok((name, written_out(value)?))
            };
            Value::Object(members.into_iter().map(member).collect::<Result<_>>()?)
        }
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(written_out).collect::<Result<_>>()?),
        Yaml::Tagged(tagged) => {
            let name = tagged.tag.to_string().trim_start_matches('!').to_owned();
            let value = written_out(tagged.value)?;
            match name.as_str() {
                "Ref" | "Condition" => json!({ name: value }),
                "GetAtt" => {
                    let (resource, attribute) =
                        value.as_str().and_then(|text| text.split_once('.')).ok_or("GetAtt of what?")?;
                    json!({ "Fn::GetAtt": [resource, attribute] })
                }
                _ => json!({ format!("Fn::{name}"): value }),
            }
        }
        plain => serde_json::to_value(plain)?,
    })
}

struct Resolving<'a> {
    template: &'a Value,
    deployment: &'a Deployment,
}

impl Resolving<'_> {
    /// `None` for what is left out.
    fn value(&self, value: &Value) -> Result<Option<Value>> {
        match value {
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.value(item)).collect::<Result<_>>()?;
                Ok(Some(Value::Array(items.into_iter().flatten().collect())))
            }
            Value::Object(members) => match members.iter().next().filter(|_| members.len() == 1) {
                Some((name, argument)) if name == "Ref" || name.starts_with("Fn::") => {
                    self.function(name, argument)
                }
                _ => {
                    let mut resolved = Map::new();
                    for (name, member) in members {
                        resolved.extend(self.value(member)?.map(|member| (name.clone(), member)));
                    }
                    Ok(Some(Value::Object(resolved)))
                }
            },
            plain => Ok(Some(plain.clone())),
        }
    }

    fn function(&self, name: &str, argument: &Value) -> Result<Option<Value>> {
        let text = argument.as_str().unwrap_or_default();
        let arguments = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match (name, arguments) {
            ("Ref", _) if text == "AWS::NoValue" => Ok(None),
            ("Ref", _) => self.reference(text).map(Some),
            ("Fn::Sub", [text, own]) => {
                let mut text = text.as_str().unwrap_or_default().to_owned();
                for (name, value) in own.as_object().into_iter().flatten() {
                    text = text.replace(&format!("${{{name}}}"), &self.text(value)?);
                }
                self.substituted(&text).map(|text| Some(Value::from(text)))
            }
            ("Fn::Sub", _) => self.substituted(text).map(|text| Some(Value::from(text))),
            ("Fn::GetAtt", [resource, attribute]) => {
                let (resource, attribute) = (resource.as_str(), attribute.as_str());
                self.attribute(resource.unwrap_or_default(), attribute.unwrap_or_default())
                    .map(|text| Some(Value::from(text)))
            }
            ("Fn::If", [condition, met, not]) => {
                let met = if self.condition(condition.as_str().unwrap_or_default())? { met } else { not };
                self.value(met)
            }
            ("Fn::FindInMap", [map, first, second]) => {
                let keys = [map, first, second].map(|key| self.text(key));
                let [map, first, second] = keys;
                let found = self.template.pointer(&format!("/Mappings/{}/{}/{}", map?, first?, second?));
                found.cloned().map(Some).ok_or_else(|| format!("nothing at {argument}").into())
            }
            _ => Err(format!("{name} is not known here: {argument}").into()),
        }
    }

    fn text(&self, value: &Value) -> Result<String> {
        let resolved = self.value(value)?.unwrap_or_default();
        Ok(resolved.as_str().map_or_else(|| resolved.to_string(), ToOwned::to_owned))
    }

    fn condition(&self, name: &str) -> Result<bool> {
        let condition = self.template.pointer(&format!("/Conditions/{name}"));
        self.holds(condition.ok_or_else(|| format!("no condition {name}"))?)
    }

    fn holds(&self, condition: &Value) -> Result<bool> {
        let pair = |value: &Value| value.as_array().cloned().unwrap_or_default();
        if let Some(not) = condition.get("Fn::Not") {
            let inner = pair(not);
            return self.holds(inner.first().ok_or("Not of what?")?).map(|held| !held);
        }
        match pair(condition.get("Fn::Equals").unwrap_or(&Value::Null)).as_slice() {
            [left, right] => Ok(self.text(left)? == self.text(right)?),
            _ => Err(format!("not known here: {condition}").into()),
        }
    }

    fn substituted(&self, text: &str) -> Result<String> {
        let mut resolved = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}').ok_or("an open ${")?;
            resolved.push_str(before);
            resolved.push_str(&match name.split_once('.') {
                Some((resource, attribute)) => self.attribute(resource, attribute)?,
                None => self.text(&json!({ "Ref": name }))?,
            });
            rest = behind;
        }
        Ok(resolved + rest)
    }

    fn reference(&self, name: &str) -> Result<Value> {
        let Deployment { stack, account, region, parameters } = self.deployment;
        let plain = match name {
            "AWS::StackName" => Some(stack.clone()),
            "AWS::AccountId" => Some(account.clone()),
            "AWS::Region" => Some(region.clone()),
            "AWS::Partition" => Some(self.deployment.partition().to_owned()),
            "AWS::URLSuffix" => Some(self.deployment.suffix().to_owned()),
            "AWS::StackId" => Some(format!("arn:aws:cloudformation:{region}:{account}:stack/{stack}/id")),
            _ => parameters.get(name).cloned(),
        };
        if let Some(plain) = plain {
            return Ok(Value::from(plain));
        }
        if let Some(parameter) = self.template.pointer(&format!("/Parameters/{name}")) {
            return Ok(parameter.get("Default").cloned().unwrap_or_default());
        }
        let text = match self.kind(name)? {
            "AWS::SQS::Queue" => {
                format!("https://sqs.{region}.amazonaws.com/{account}/{}", self.physical(name)?)
            }
            "AWS::SNS::Topic" | "AWS::IAM::ManagedPolicy" => self.attribute(name, "Arn")?,
            _ => self.physical(name)?,
        };
        Ok(Value::from(text))
    }

    fn kind(&self, resource: &str) -> Result<&str> {
        let kind = self.template.pointer(&format!("/Resources/{resource}/Type")).and_then(Value::as_str);
        kind.ok_or_else(|| format!("no resource {resource}").into())
    }

    /// The name that the template gives to a resource, or its logical id.
    fn physical(&self, resource: &str) -> Result<String> {
        const NAMES: [&str; 6] =
            ["QueueName", "BucketName", "FunctionName", "LogGroupName", "TopicName", "ManagedPolicyName"];
        let properties = self.template.pointer(&format!("/Resources/{resource}/Properties"));
        let of = |name: &&str| properties?.get(*name);
        let is_group = self.kind(resource)? == "AWS::Scheduler::ScheduleGroup";
        let group = || properties?.get("Name").filter(|_| is_group);
        NAMES.iter().find_map(of).or_else(group).map_or(Ok(resource.to_owned()), |name| self.text(name))
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Result<String> {
        let Deployment { account, region, .. } = self.deployment;
        let name = self.physical(resource)?;
        let place = |service: &str| format!("arn:aws:{service}:{region}:{account}");
        Ok(match (self.kind(resource)?, attribute) {
            ("AWS::SQS::Queue", "QueueName") => name,
            ("AWS::SQS::Queue", _) => format!("{}:{name}", place("sqs")),
            ("AWS::S3::Bucket", _) => format!("arn:aws:s3:::{name}"),
            ("AWS::Serverless::Function", _) => format!("{}:function:{name}", place("lambda")),
            ("AWS::Logs::LogGroup", _) => format!("{}:log-group:{name}:*", place("logs")),
            ("AWS::SNS::Topic", _) => format!("{}:{name}", place("sns")),
            ("AWS::Scheduler::ScheduleGroup", _) => format!("{}:schedule-group/{name}", place("scheduler")),
            ("AWS::IAM::Role", _) => format!("arn:aws:iam::{account}:role/{name}"),
            ("AWS::IAM::ManagedPolicy", _) => format!("arn:aws:iam::{account}:policy/{name}"),
            (kind, _) => return Err(format!("{kind} has no {attribute} here").into()),
        })
    }
}
