{{/* The release's own name: the prefix of every object. */}}
{{- define "enrich.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selects pods; with a `name`, those of that component. Takes root and name. */}}
{{- define "enrich.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .name }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "enrich.labels" -}}
{{ include "enrich.selector" . }}
app.kubernetes.io/part-of: enrich
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{/* The components of this mode, as JSON: {"names": [...]}. */}}
{{- define "enrich.components" -}}
{{- $names := ternary (list "all-in-one") (list "gateway" "language" "entities" "topics") (eq .Values.mode "all-in-one") -}}
{{- dict "names" $names | toJson -}}
{{- end -}}

{{/* The component that callers reach. */}}
{{- define "enrich.door" -}}
{{- ternary "all-in-one" "gateway" (eq .Values.mode "all-in-one") -}}
{{- end -}}

{{/* A component's values, over the defaults of all, as JSON. Takes root and name. */}}
{{- define "enrich.component" -}}
{{- $own := index .root.Values.components .name | default dict -}}
{{- mustMergeOverwrite (deepCopy .root.Values.defaults) (deepCopy $own) | toJson -}}
{{- end -}}

{{/* The full name of the gRPC service that a component's health is asked about. */}}
{{- define "enrich.serviceName" -}}
{{- get (dict "gateway" "enrich.v1.EnrichmentService" "all-in-one" "enrich.v1.EnrichmentService"
  "language" "enrich.v1.LanguageService" "entities" "enrich.v1.EntityService" "topics" "enrich.v1.TopicService") . -}}
{{- end -}}

{{/* An image's name. Takes root and image (repository, tag, digest). */}}
{{- define "enrich.image" -}}
{{- $tag := .image.tag | default .root.Values.image.tag | default .root.Chart.AppVersion -}}
{{- $name := ternary .image.repository (printf "%s/%s" .root.Values.image.registry .image.repository) (empty .root.Values.image.registry) -}}
{{- if .image.digest -}}{{ printf "%s@%s" $name .image.digest }}{{- else -}}{{ printf "%s:%s" $name (toString $tag) }}{{- end -}}
{{- end -}}

{{/* A number or text as an environment variable holds it: 1048576, not 1.048576e+06. */}}
{{- define "enrich.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) (float64 .)) -}}{{ printf "%.0f" . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{- define "enrich.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "enrich.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The Secret of the door's certificate, and that of the certificate within the release. */}}
{{- define "enrich.tlsSecret" -}}
{{- default (printf "%s-tls" (include "enrich.fullname" .)) .Values.tls.secretName -}}
{{- end -}}
{{- define "enrich.internalSecret" -}}
{{- default (printf "%s-internal" (include "enrich.fullname" .)) .Values.tls.internal.secretName -}}
{{- end -}}

{{/* "true" where a component's port speaks TLS. Takes root and name. */}}
{{- define "enrich.hasTls" -}}
{{- if eq .name (include "enrich.door" .root) -}}
{{- if .root.Values.tls.enabled }}true{{ end -}}
{{- else if .root.Values.tls.internal.enabled -}}
true
{{- end -}}
{{- end -}}

{{/* "true" where a component runs the entity model, or judges own topics. Takes root and name. */}}
{{- define "enrich.hasEntities" -}}
{{- if has .name (list "entities" "all-in-one") }}true{{ end -}}
{{- end -}}
{{- define "enrich.hasOwnTopics" -}}
{{- $own := .root.Values.ownTopics -}}
{{- if and (has .name (list "topics" "all-in-one")) (or $own.toml $own.existingConfigMap) }}true{{ end -}}
{{- end -}}
{{- define "enrich.ownTopicsConfigMap" -}}
{{- default (printf "%s-own-topics" (include "enrich.fullname" .)) .Values.ownTopics.existingConfigMap -}}
{{- end -}}

{{/* "true" where `helm test` has what it needs to be let in. */}}
{{- define "enrich.hasTest" -}}
{{- $key := or (not .Values.tenants.secretName) .Values.tests.apiKey.secretName -}}
{{- $certificate := or (not .Values.tls.mutual) .Values.tests.clientSecretName -}}
{{- if and .Values.tests.enabled $key $certificate }}true{{ end -}}
{{- end -}}

{{/* What `restricted` Pod Security asks of a container. */}}
{{- define "enrich.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
readOnlyRootFilesystem: true
{{- end -}}
{{- define "enrich.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}
