{{/* A component's Deployment. Takes root, name and component. */}}
{{- define "enrich.deployment" -}}
{{- $v := .root.Values }}{{ $c := .component }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "enrich.fullname" .root }}-{{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "enrich.labels" . | nindent 4 }}
spec:
  {{- /* Where a scaler decides, a number here would undo its decision at every upgrade. */}}
  {{- if not $c.autoscaling.enabled }}
  replicas: {{ $c.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  selector:
    matchLabels:
      {{- include "enrich.selector" . | nindent 6 }}
  strategy:
    {{- toYaml $c.strategy | nindent 4 }}
  template:
    metadata:
      labels:
        {{- include "enrich.labels" . | nindent 8 }}
        {{- with $c.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        kubectl.kubernetes.io/default-container: enrich
        {{- if and (include "enrich.hasOwnTopics" .) $v.ownTopics.toml }}
        {{- /* The file is read at the start only. */}}
        enrich/own-topics: {{ $v.ownTopics.toml | sha256sum }}
        {{- end }}
        {{- with $c.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "enrich.pod" . | trim | nindent 6 }}
{{- end -}}

{{- define "enrich.pod" -}}
{{- $v := .root.Values }}{{ $c := .component }}
serviceAccountName: {{ include "enrich.serviceAccountName" .root }}
automountServiceAccountToken: false
{{- /* Kubernetes would add variables for every Service, and those of one named `enrich` begin like our settings. */}}
enableServiceLinks: false
{{- with $v.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $c.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $c.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- /* What the server may need after SIGTERM beyond its drain: flush, the last batch, the last traces. */}}
terminationGracePeriodSeconds: {{ add $v.preStopSeconds $v.drainSeconds 10 }}
securityContext:
  {{- include "enrich.podSecurity" . | nindent 2 }}
{{- $downloads := and (include "enrich.hasEntities" .) (eq $v.model.source "download") }}
{{- if or $downloads $c.initContainers }}
initContainers:
  {{- if $downloads }}
  {{- include "enrich.modelDownload" . | nindent 2 }}
  {{- end }}
  {{- with $c.initContainers }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
containers:
  - name: enrich
    {{- $image := ternary (mustMergeOverwrite (deepCopy $c.image) (dict "repository" $c.gpu.repository)) $c.image $c.gpu.enabled }}
    image: {{ include "enrich.image" (dict "root" .root "image" $image) }}
    imagePullPolicy: {{ $v.image.pullPolicy }}
    env:
      {{- include "enrich.env" . | trim | nindent 6 }}
    ports:
      - name: grpc
        containerPort: {{ $v.ports.grpc }}
      {{- if include "enrich.hasTls" . }}
      - name: health
        containerPort: {{ $v.ports.health }}
      {{- end }}
      {{- if and $v.http.enabled (eq .name (include "enrich.door" .root)) }}
      - name: http
        containerPort: {{ $v.ports.http }}
      {{- end }}
      {{- if $v.metrics.enabled }}
      - name: metrics
        containerPort: {{ $v.ports.metrics }}
      {{- end }}
    {{- range list "startup" "readiness" "liveness" }}
    {{ . }}Probe:
      grpc:
        {{- /* The kubelet speaks no TLS; behind TLS, health has a port of its own. */}}
        port: {{ ternary $v.ports.health $v.ports.grpc (eq (include "enrich.hasTls" $) "true") }}
        service: {{ include "enrich.serviceName" $.name }}
      {{- toYaml (index $c.probes .) | nindent 6 }}
    {{- end }}
    lifecycle:
      preStop:
        {{- /* Callers and kube-proxies learn that the pod goes before it stops accepting. */}}
        sleep:
          seconds: {{ $v.preStopSeconds }}
    resources:
      {{- $resources := deepCopy $c.resources }}
      {{- if $c.gpu.enabled }}
      {{- $resources = mustMergeOverwrite $resources (dict "limits" (dict $c.gpu.resource 1)) }}
      {{- end }}
      {{- toYaml $resources | nindent 6 }}
    securityContext:
      {{- include "enrich.containerSecurity" . | nindent 6 }}
    {{- $mounts := concat (fromJson (include "enrich.mounts" .)).mounts $c.extraVolumeMounts }}
    {{- with $mounts }}
    volumeMounts:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  {{- with $c.extraContainers }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with concat (fromJson (include "enrich.mounts" .)).volumes $c.extraVolumes }}
volumes:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $c.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $c.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with concat $c.tolerations (ternary $c.gpu.tolerations list $c.gpu.enabled) }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  {{- if $c.topologySpreadConstraints }}
  {{- toYaml $c.topologySpreadConstraints | nindent 2 }}
  {{- else }}
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "enrich.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
  {{- end }}
{{- end -}}

{{/* What is mounted into a component's container, as JSON: {"mounts": [...], "volumes": [...]}. */}}
{{- define "enrich.mounts" -}}
{{- $v := .root.Values }}{{ $mounts := list }}{{ $volumes := list }}{{ $secrets := dict }}
{{- $door := eq .name (include "enrich.door" .root) }}
{{- if include "enrich.hasTls" . }}
{{- $_ := set $secrets "tls" (ternary (include "enrich.tlsSecret" .root) (include "enrich.internalSecret" .root) $door) }}
{{- end }}
{{- if and (eq .name "gateway") $v.tls.internal.enabled }}
{{- $_ := set $secrets "internal" (include "enrich.internalSecret" .root) }}
{{- end }}
{{- if and $door $v.tenants.secretName }}{{ $_ := set $secrets "tenants" $v.tenants.secretName }}{{ end }}
{{- if and $door $v.jwt.secretName }}{{ $_ := set $secrets "jwks" $v.jwt.secretName }}{{ end }}
{{- range $name, $secret := $secrets }}
{{- $mounts = append $mounts (dict "name" $name "mountPath" (printf "/etc/enrich/%s" $name) "readOnly" true) }}
{{- $volumes = append $volumes (dict "name" $name "secret" (dict "secretName" $secret "defaultMode" 288)) }}
{{- end }}
{{- if and $v.trace.endpoint $v.trace.ca.configMap }}
{{- $mounts = append $mounts (dict "name" "trace-ca" "mountPath" "/etc/enrich/trace-ca" "readOnly" true) }}
{{- $volumes = append $volumes (dict "name" "trace-ca" "configMap" (dict "name" $v.trace.ca.configMap)) }}
{{- end }}
{{- if include "enrich.hasOwnTopics" . }}
{{- $mounts = append $mounts (dict "name" "own-topics" "mountPath" "/etc/enrich/own-topics" "readOnly" true) }}
{{- $volumes = append $volumes (dict "name" "own-topics" "configMap" (dict "name" (include "enrich.ownTopicsConfigMap" .root))) }}
{{- end }}
{{- if and (include "enrich.hasEntities" .) (ne $v.model.source "image") }}
{{- $mount := dict "name" "model" "mountPath" "/models" "readOnly" true }}
{{- $volume := dict "name" "model" "emptyDir" (dict "sizeLimit" $v.model.download.sizeLimit) }}
{{- if eq $v.model.source "pvc" }}
{{- $_ := set $mount "mountPath" "/models/entities" }}
{{- with $v.model.pvc.subPath }}{{ $_ := set $mount "subPath" . }}{{ end }}
{{- $volume = dict "name" "model" "persistentVolumeClaim" (dict "claimName" $v.model.pvc.claimName "readOnly" true) }}
{{- end }}
{{- $mounts = append $mounts $mount }}
{{- $volumes = append $volumes $volume }}
{{- end }}
{{- dict "mounts" $mounts "volumes" $volumes | toJson -}}
{{- end -}}

{{/* Fetches a model folder, and starts no server with another one than its hash names. */}}
{{- define "enrich.modelDownload" -}}
{{- $download := .root.Values.model.download -}}
- name: model
  image: {{ include "enrich.image" (dict "root" (dict "Values" (dict "image" (dict "registry" "" "tag" "")) "Chart" .root.Chart) "image" $download.image) }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  command: [/bin/sh, -euc]
  args:
    - |
      rm -rf /models/archive /models/entities
      curl --fail --silent --show-error --location --retry 3 --output /models/archive "$MODEL_URL"
      echo "$MODEL_SHA256  /models/archive" | sha256sum -c -
      mkdir /models/entities
      tar -xzf /models/archive -C /models/entities
      rm /models/archive
  env:
    - name: MODEL_URL
      value: {{ $download.url | quote }}
    - name: MODEL_SHA256
      value: {{ $download.sha256 | quote }}
  resources:
    {{- toYaml $download.resources | nindent 4 }}
  securityContext:
    {{- include "enrich.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - name: model
      mountPath: /models
{{- end -}}
