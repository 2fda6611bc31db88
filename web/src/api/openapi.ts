// Written by dev/api-types.ts out of Pave's OpenAPI (npm run types); not by hand.
export type Affinity = {
	nodeAffinity?: NodeAffinity;
	podAffinity?: PodAffinity;
	podAntiAffinity?: PodAntiAffinity;
};
export type AppArmorProfile = {
	localhostProfile?: string;
	type: "Localhost" | "RuntimeDefault" | "Unconfined";
};
export type Application = {
	apiVersion?: string;
	kind?: string;
	metadata: ObjectMeta;
	operation?: Record<string, unknown>;
	spec: {
		project: string;
		destination: { server?: string; name?: string; namespace?: string };
		source?: {
			repoURL: string;
			path?: string;
			targetRevision?: string;
			chart?: string;
			directory?: { recurse?: boolean; include?: string; exclude?: string };
		};
		sources?: Array<Record<string, unknown>>;
		ignoreDifferences?: Array<{
			group?: string;
			kind: string;
			name?: string;
			namespace?: string;
			jsonPointers?: Array<string>;
			jqPathExpressions?: Array<string>;
			managedFieldsManagers?: Array<string>;
		}>;
		info?: Array<{ name: string; value: string }>;
		revisionHistoryLimit?: number;
		syncPolicy?: {
			automated?: { prune?: boolean; selfHeal?: boolean; allowEmpty?: boolean; enabled?: boolean };
			syncOptions?: Array<string>;
			retry?: {
				limit?: number;
				refresh?: boolean;
				backoff?: { duration?: string; factor?: number; maxDuration?: string };
			};
			managedNamespaceMetadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
		};
	};
	status?: Record<string, unknown>;
};
export type AttachedVolume = { devicePath?: string; name: string };
export type AWSElasticBlockStoreVolumeSource = {
	fsType?: string;
	partition?: number;
	readOnly?: boolean;
	volumeID: string;
};
export type AzureDiskVolumeSource = {
	cachingMode?: string;
	diskName: string;
	diskURI: string;
	fsType?: string;
	kind?: string;
	readOnly?: boolean;
};
export type AzureFileVolumeSource = { readOnly?: boolean; secretName: string; shareName: string };
export type Capabilities = { add?: Array<string>; drop?: Array<string> };
export type CatalogSource = {
	spec: { repoURL: string; revision?: string; paths?: Array<string> };
	status?: Record<string, unknown>;
	apiVersion?: string;
	kind?: string;
	metadata?: ObjectMeta;
};
export type CephFSVolumeSource = {
	monitors: Array<string>;
	path?: string;
	readOnly?: boolean;
	secretFile?: string;
	secretRef?: LocalObjectReference;
	user?: string;
};
export type CinderVolumeSource = {
	fsType?: string;
	readOnly?: boolean;
	secretRef?: LocalObjectReference;
	volumeID: string;
};
export type ClusterTrustBundleProjection = {
	labelSelector?: LabelSelector;
	name?: string;
	optional?: boolean;
	path: string;
	signerName?: string;
};
export type Component = {
	spec?: Record<string, unknown>;
	status?: Record<string, unknown>;
	apiVersion?: string;
	kind?: string;
	metadata?: ObjectMeta;
};
export type ConfigMap = {
	apiVersion?: string;
	binaryData?: Record<string, string>;
	data?: Record<string, string>;
	immutable?: boolean;
	kind?: string;
	metadata?: ObjectMeta;
};
export type ConfigMapEnvSource = { name?: string; optional?: boolean };
export type ConfigMapKeySelector = { key: string; name?: string; optional?: boolean };
export type ConfigMapNodeConfigSource = {
	kubeletConfigKey: string;
	name: string;
	namespace: string;
	resourceVersion?: string;
	uid?: string;
};
export type ConfigMapProjection = { items?: Array<KeyToPath>; name?: string; optional?: boolean };
export type ConfigMapVolumeSource = {
	defaultMode?: number;
	items?: Array<KeyToPath>;
	name?: string;
	optional?: boolean;
};
export type Container = {
	args?: Array<string>;
	command?: Array<string>;
	env?: Array<EnvVar>;
	envFrom?: Array<EnvFromSource>;
	image?: string;
	imagePullPolicy?: "Always" | "IfNotPresent" | "Never";
	lifecycle?: Lifecycle;
	livenessProbe?: Probe;
	name: string;
	ports?: Array<ContainerPort>;
	readinessProbe?: Probe;
	resizePolicy?: Array<ContainerResizePolicy>;
	resources?: ResourceRequirements;
	restartPolicy?: "Always" | "Never" | "OnFailure";
	restartPolicyRules?: Array<ContainerRestartRule>;
	securityContext?: SecurityContext;
	startupProbe?: Probe;
	stdin?: boolean;
	stdinOnce?: boolean;
	terminationMessagePath?: string;
	terminationMessagePolicy?: "FallbackToLogsOnError" | "File";
	tty?: boolean;
	volumeDevices?: Array<VolumeDevice>;
	volumeMounts?: Array<VolumeMount>;
	workingDir?: string;
};
export type ContainerExtendedResourceRequest = {
	containerName: string;
	requestName: string;
	resourceName: string;
};
export type ContainerImage = { names?: Array<string>; sizeBytes?: number };
export type ContainerPort = {
	containerPort?: number;
	hostIP?: string;
	hostPort?: number;
	name?: string;
	protocol?: "SCTP" | "TCP" | "UDP";
};
export type ContainerResizePolicy = { resourceName: string; restartPolicy: string };
export type ContainerRestartRule = { action: string; exitCodes?: ContainerRestartRuleOnExitCodes };
export type ContainerRestartRuleOnExitCodes = { operator: string; values?: Array<number> };
export type ContainerState = {
	running?: ContainerStateRunning;
	terminated?: ContainerStateTerminated;
	waiting?: ContainerStateWaiting;
};
export type ContainerStateRunning = { startedAt?: string };
export type ContainerStateTerminated = {
	containerID?: string;
	exitCode: number;
	finishedAt?: string;
	message?: string;
	reason?: string;
	signal?: number;
	startedAt?: string;
};
export type ContainerStateWaiting = { message?: string; reason?: string };
export type ContainerStatus = {
	allocatedResources?: Record<string, unknown>;
	allocatedResourcesStatus?: Array<ResourceStatus>;
	containerID?: string;
	image: string;
	imageID: string;
	lastState?: ContainerState;
	name: string;
	ready: boolean;
	resources?: ResourceRequirements;
	restartCount: number;
	started?: boolean;
	state?: ContainerState;
	stopSignal?: string;
	user?: ContainerUser;
	volumeMounts?: Array<VolumeMountStatus>;
};
export type ContainerUser = { linux?: LinuxContainerUser };
export type CronJob = {
	apiVersion?: string;
	kind?: string;
	metadata?: ObjectMeta;
	spec?: CronJobSpec;
	status?: CronJobStatus;
};
export type CronJobSpec = {
	concurrencyPolicy?: "Allow" | "Forbid" | "Replace";
	failedJobsHistoryLimit?: number;
	jobTemplate: JobTemplateSpec;
	schedule: string;
	startingDeadlineSeconds?: number;
	successfulJobsHistoryLimit?: number;
	suspend?: boolean;
	timeZone?: string;
};
export type CronJobStatus = {
	active?: Array<ObjectReference>;
	lastScheduleTime?: string;
	lastSuccessfulTime?: string;
};
export type CSIVolumeSource = {
	driver: string;
	fsType?: string;
	nodePublishSecretRef?: LocalObjectReference;
	readOnly?: boolean;
	volumeAttributes?: Record<string, string>;
};
export type DaemonEndpoint = { Port?: number };
export type DaemonSet = {
	apiVersion?: string;
	kind?: string;
	metadata?: ObjectMeta;
	spec?: DaemonSetSpec;
	status?: DaemonSetStatus;
};
export type DaemonSetCondition = {
	lastTransitionTime?: string;
	message?: string;
	reason?: string;
	status: string;
	type: string;
};
export type DaemonSetSpec = {
	minReadySeconds?: number;
	revisionHistoryLimit?: number;
	selector: LabelSelector;
	template: PodTemplateSpec;
	updateStrategy?: DaemonSetUpdateStrategy;
};
export type DaemonSetStatus = {
	collisionCount?: number;
	conditions?: Array<DaemonSetCondition>;
	currentNumberScheduled: number;
	desiredNumberScheduled: number;
	numberAvailable?: number;
	numberMisscheduled: number;
	numberReady: number;
	numberUnavailable?: number;
	observedGeneration?: number;
	updatedNumberScheduled?: number;
};
export type DaemonSetUpdateStrategy = {
	rollingUpdate?: RollingUpdateDaemonSet;
	type?: "OnDelete" | "RollingUpdate";
};
export type Deployment = {
	apiVersion?: string;
	kind?: string;
	metadata?: ObjectMeta;
	spec?: DeploymentSpec;
	status?: DeploymentStatus;
};
export type DeploymentCondition = {
	lastTransitionTime?: string;
	lastUpdateTime?: string;
	message?: string;
	reason?: string;
	status: string;
	type: string;
};
export type DeploymentSpec = {
	minReadySeconds?: number;
	paused?: boolean;
	progressDeadlineSeconds?: number;
	replicas?: number;
	revisionHistoryLimit?: number;
	selector: LabelSelector;
	strategy?: DeploymentStrategy;
	template: PodTemplateSpec;
};
export type DeploymentStatus = {
	availableReplicas?: number;
	collisionCount?: number;
	conditions?: Array<DeploymentCondition>;
	observedGeneration?: number;
	readyReplicas?: number;
	replicas?: number;
	terminatingReplicas?: number;
	unavailableReplicas?: number;
	updatedReplicas?: number;
};
export type DeploymentStrategy = {
	rollingUpdate?: RollingUpdateDeployment;
	type?: "Recreate" | "RollingUpdate";
};
export type DownwardAPIProjection = { items?: Array<DownwardAPIVolumeFile> };
export type DownwardAPIVolumeFile = {
	fieldRef?: ObjectFieldSelector;
	mode?: number;
	path: string;
	resourceFieldRef?: ResourceFieldSelector;
};
export type DownwardAPIVolumeSource = { defaultMode?: number; items?: Array<DownwardAPIVolumeFile> };
export type EmptyDirVolumeSource = { medium?: string; sizeLimit?: unknown };
export type EnvFromSource = {
	configMapRef?: ConfigMapEnvSource;
	prefix?: string;
	secretRef?: SecretEnvSource;
};
export type EnvVar = { name: string; value?: string; valueFrom?: EnvVarSource };
export type EnvVarSource = {
	configMapKeyRef?: ConfigMapKeySelector;
	fieldRef?: ObjectFieldSelector;
	fileKeyRef?: FileKeySelector;
	resourceFieldRef?: ResourceFieldSelector;
	secretKeyRef?: SecretKeySelector;
};
export type EphemeralContainer = {
	args?: Array<string>;
	command?: Array<string>;
	env?: Array<EnvVar>;
	envFrom?: Array<EnvFromSource>;
	image?: string;
	imagePullPolicy?: "Always" | "IfNotPresent" | "Never";
	lifecycle?: Lifecycle;
	livenessProbe?: Probe;
	name: string;
	ports?: Array<ContainerPort>;
	readinessProbe?: Probe;
	resizePolicy?: Array<ContainerResizePolicy>;
	resources?: ResourceRequirements;
	restartPolicy?: string;
	restartPolicyRules?: Array<ContainerRestartRule>;
	securityContext?: SecurityContext;
	startupProbe?: Probe;
	stdin?: boolean;
	stdinOnce?: boolean;
	targetContainerName?: string;
	terminationMessagePath?: string;
	terminationMessagePolicy?: "FallbackToLogsOnError" | "File";
	tty?: boolean;
	volumeDevices?: Array<VolumeDevice>;
	volumeMounts?: Array<VolumeMount>;
	workingDir?: string;
};
export type EphemeralVolumeSource = { volumeClaimTemplate?: PersistentVolumeClaimTemplate };
export type Event = {
	action?: string;
	apiVersion?: string;
	count?: number;
	eventTime?: string;
	firstTimestamp?: string;
	involvedObject: ObjectReference;
	kind?: string;
	lastTimestamp?: string;
	message?: string;
	metadata?: ObjectMeta;
	reason?: string;
	related?: ObjectReference;
	reportingComponent?: string;
	reportingInstance?: string;
	series?: EventSeries;
	source?: EventSource;
	type?: string;
};
export type EventSeries = { count?: number; lastObservedTime?: string };
export type EventSource = { component?: string; host?: string };
export type ExecAction = { command?: Array<string> };
export type FCVolumeSource = {
	fsType?: string;
	lun?: number;
	readOnly?: boolean;
	targetWWNs?: Array<string>;
	wwids?: Array<string>;
};
export type FileKeySelector = { key: string; optional?: boolean; path: string; volumeName: string };
export type FlexVolumeSource = {
	driver: string;
	fsType?: string;
	options?: Record<string, string>;
	readOnly?: boolean;
	secretRef?: LocalObjectReference;
};
export type FlockerVolumeSource = { datasetName?: string; datasetUUID?: string };
export type GCEPersistentDiskVolumeSource = {
	fsType?: string;
	partition?: number;
	pdName: string;
	readOnly?: boolean;
};
export type GitRepoVolumeSource = { directory?: string; repository: string; revision?: string };
export type GlusterfsVolumeSource = { endpoints: string; path: string; readOnly?: boolean };
export type GRPCAction = { port: number; service?: string };
export type HostAlias = { hostnames?: Array<string>; ip: string };
export type HostIP = { ip: string };
export type HostPathVolumeSource = { path: string; type?: string };
export type HTTPGetAction = {
	host?: string;
	httpHeaders?: Array<HTTPHeader>;
	path?: string;
	port?: unknown;
	scheme?: "HTTP" | "HTTPS";
};
export type HTTPHeader = { name: string; value: string };
export type ImageVolumeSource = { pullPolicy?: string; reference?: string };
export type ISCSIVolumeSource = {
	chapAuthDiscovery?: boolean;
	chapAuthSession?: boolean;
	fsType?: string;
	initiatorName?: string;
	iqn: string;
	iscsiInterface?: string;
	lun: number;
	portals?: Array<string>;
	readOnly?: boolean;
	secretRef?: LocalObjectReference;
	targetPortal: string;
};
export type Job = {
	apiVersion?: string;
	kind?: string;
	metadata?: ObjectMeta;
	spec?: JobSpec;
	status?: JobStatus;
};
export type JobCondition = {
	lastProbeTime?: string;
	lastTransitionTime?: string;
	message?: string;
	reason?: string;
	status: string;
	type: string;
};
export type JobSpec = {
	activeDeadlineSeconds?: number;
	backoffLimit?: number;
	backoffLimitPerIndex?: number;
	completionMode?: "Indexed" | "NonIndexed";
	completions?: number;
	managedBy?: string;
	manualSelector?: boolean;
	maxFailedIndexes?: number;
	parallelism?: number;
	podFailurePolicy?: PodFailurePolicy;
	podReplacementPolicy?: "Failed" | "TerminatingOrFailed";
	selector?: LabelSelector;
	successPolicy?: SuccessPolicy;
	suspend?: boolean;
	template: PodTemplateSpec;
	ttlSecondsAfterFinished?: number;
};
export type JobStatus = {
	active?: number;
	completedIndexes?: string;
	completionTime?: string;
	conditions?: Array<JobCondition>;
	failed?: number;
	failedIndexes?: string;
	ready?: number;
	startTime?: string;
	succeeded?: number;
	terminating?: number;
	uncountedTerminatedPods?: UncountedTerminatedPods;
};
export type JobTemplateSpec = { metadata?: ObjectMeta; spec?: JobSpec };
export type KeyToPath = { key: string; mode?: number; path: string };
export type LabelSelector = {
	matchExpressions?: Array<LabelSelectorRequirement>;
	matchLabels?: Record<string, string>;
};
export type LabelSelectorRequirement = {
	key: string;
	operator: "DoesNotExist" | "Exists" | "In" | "NotIn";
	values?: Array<string>;
};
export type Lifecycle = { postStart?: LifecycleHandler; preStop?: LifecycleHandler; stopSignal?: string };
export type LifecycleHandler = {
	exec?: ExecAction;
	httpGet?: HTTPGetAction;
	sleep?: SleepAction;
	tcpSocket?: TCPSocketAction;
};
export type LinuxContainerUser = { gid: number; supplementalGroups?: Array<number>; uid: number };
export type LocalObjectReference = { name?: string };
export type ManagedFieldsEntry = {
	apiVersion?: string;
	fieldsType?: string;
	fieldsV1?: Record<string, unknown>;
	manager?: string;
	operation?: string;
	subresource?: string;
	time?: string;
};
export type ModifyVolumeStatus = { status: string; targetVolumeAttributesClassName?: string };
export type NFSVolumeSource = { path: string; readOnly?: boolean; server: string };
export type Node = {
	apiVersion?: string;
	kind?: string;
	metadata?: ObjectMeta;
	spec?: NodeSpec;
	status?: NodeStatus;
};
export type NodeAddress = { address: string; type: string };
export type NodeAffinity = {
	preferredDuringSchedulingIgnoredDuringExecution?: Array<PreferredSchedulingTerm>;
	requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector;
};
export type NodeCondition = {
	lastHeartbeatTime?: string;
	lastTransitionTime?: string;
	message?: string;
	reason?: string;
	status: string;
	type: string;
};
export type NodeConfigSource = { configMap?: ConfigMapNodeConfigSource };
export type NodeConfigStatus = {
	active?: NodeConfigSource;
	assigned?: NodeConfigSource;
	error?: string;
	lastKnownGood?: NodeConfigSource;
};
export type NodeDaemonEndpoints = { kubeletEndpoint?: DaemonEndpoint };
export type NodeFeatures = { supplementalGroupsPolicy?: boolean };
export type NodeRuntimeHandler = { features?: NodeRuntimeHandlerFeatures; name?: string };
export type NodeRuntimeHandlerFeatures = { recursiveReadOnlyMounts?: boolean; userNamespaces?: boolean };
export type NodeSelector = { nodeSelectorTerms: Array<NodeSelectorTerm> };
export type NodeSelectorRequirement = {
	key: string;
	operator: "DoesNotExist" | "Exists" | "Gt" | "In" | "Lt" | "NotIn";
	values?: Array<string>;
};
export type NodeSelectorTerm = {
	matchExpressions?: Array<NodeSelectorRequirement>;
	matchFields?: Array<NodeSelectorRequirement>;
};
export type NodeSpec = {
	configSource?: NodeConfigSource;
	externalID?: string;
	podCIDR?: string;
	podCIDRs?: Array<string>;
	providerID?: string;
	taints?: Array<Taint>;
	unschedulable?: boolean;
};
export type NodeStatus = {
	addresses?: Array<NodeAddress>;
	allocatable?: Record<string, unknown>;
	capacity?: Record<string, unknown>;
	conditions?: Array<NodeCondition>;
	config?: NodeConfigStatus;
	daemonEndpoints?: NodeDaemonEndpoints;
	features?: NodeFeatures;
	images?: Array<ContainerImage>;
	nodeInfo?: NodeSystemInfo;
	phase?: string;
	runtimeHandlers?: Array<NodeRuntimeHandler>;
	volumesAttached?: Array<AttachedVolume>;
	volumesInUse?: Array<string>;
};
export type NodeSwapStatus = { capacity?: number };
export type NodeSystemInfo = {
	architecture: string;
	bootID: string;
	containerRuntimeVersion: string;
	kernelVersion: string;
	kubeProxyVersion: string;
	kubeletVersion: string;
	machineID: string;
	operatingSystem: string;
	osImage: string;
	swap?: NodeSwapStatus;
	systemUUID: string;
};
export type ObjectFieldSelector = { apiVersion?: string; fieldPath: string };
export type ObjectMeta = {
	annotations?: Record<string, string>;
	creationTimestamp?: string;
	deletionGracePeriodSeconds?: number;
	deletionTimestamp?: string;
	finalizers?: Array<string>;
	generateName?: string;
	generation?: number;
	labels?: Record<string, string>;
	managedFields?: Array<ManagedFieldsEntry>;
	name?: string;
	namespace?: string;
	ownerReferences?: Array<OwnerReference>;
	resourceVersion?: string;
	selfLink?: string;
	uid?: string;
};
export type ObjectReference = {
	apiVersion?: string;
	fieldPath?: string;
	kind?: string;
	name?: string;
	namespace?: string;
	resourceVersion?: string;
	uid?: string;
};
export type OwnerReference = {
	apiVersion?: string;
	blockOwnerDeletion?: boolean;
	controller?: boolean;
	kind?: string;
	name?: string;
	uid?: string;
};
export type PersistentVolumeClaim = {
	apiVersion?: string;
	kind?: string;
	metadata?: ObjectMeta;
	spec?: PersistentVolumeClaimSpec;
	status?: PersistentVolumeClaimStatus;
};
export type PersistentVolumeClaimCondition = {
	lastProbeTime?: string;
	lastTransitionTime?: string;
	message?: string;
	reason?: string;
	status: string;
	type: string;
};
export type PersistentVolumeClaimSpec = {
	accessModes?: Array<string>;
	dataSource?: TypedLocalObjectReference;
	dataSourceRef?: TypedObjectReference;
	resources?: VolumeResourceRequirements;
	selector?: LabelSelector;
	storageClassName?: string;
	volumeAttributesClassName?: string;
	volumeMode?: "Block" | "Filesystem";
	volumeName?: string;
};
export type PersistentVolumeClaimStatus = {
	accessModes?: Array<string>;
	allocatedResourceStatuses?: Record<string, string>;
	allocatedResources?: Record<string, unknown>;
	capacity?: Record<string, unknown>;
	conditions?: Array<PersistentVolumeClaimCondition>;
	currentVolumeAttributesClassName?: string;
	modifyVolumeStatus?: ModifyVolumeStatus;
	phase?: string;
};
export type PersistentVolumeClaimTemplate = { metadata?: ObjectMeta; spec: PersistentVolumeClaimSpec };
export type PersistentVolumeClaimVolumeSource = { claimName: string; readOnly?: boolean };
export type PhotonPersistentDiskVolumeSource = { fsType?: string; pdID: string };
export type Pod = {
	apiVersion?: string;
	kind?: string;
	metadata?: ObjectMeta;
	spec?: PodSpec;
	status?: PodStatus;
};
export type PodAffinity = {
	preferredDuringSchedulingIgnoredDuringExecution?: Array<WeightedPodAffinityTerm>;
	requiredDuringSchedulingIgnoredDuringExecution?: Array<PodAffinityTerm>;
};
export type PodAffinityTerm = {
	labelSelector?: LabelSelector;
	matchLabelKeys?: Array<string>;
	mismatchLabelKeys?: Array<string>;
	namespaceSelector?: LabelSelector;
	namespaces?: Array<string>;
	topologyKey: string;
};
export type PodAntiAffinity = {
	preferredDuringSchedulingIgnoredDuringExecution?: Array<WeightedPodAffinityTerm>;
	requiredDuringSchedulingIgnoredDuringExecution?: Array<PodAffinityTerm>;
};
export type PodCertificateProjection = {
	certificateChainPath?: string;
	credentialBundlePath?: string;
	keyPath?: string;
	keyType: string;
	maxExpirationSeconds?: number;
	signerName: string;
};
export type PodCondition = {
	lastProbeTime?: string;
	lastTransitionTime?: string;
	message?: string;
	observedGeneration?: number;
	reason?: string;
	status: string;
	type: string;
};
export type PodDNSConfig = {
	nameservers?: Array<string>;
	options?: Array<PodDNSConfigOption>;
	searches?: Array<string>;
};
export type PodDNSConfigOption = { name?: string; value?: string };
export type PodExtendedResourceClaimStatus = {
	requestMappings: Array<ContainerExtendedResourceRequest>;
	resourceClaimName: string;
};
export type PodFailurePolicy = { rules: Array<PodFailurePolicyRule> };
export type PodFailurePolicyOnExitCodesRequirement = {
	containerName?: string;
	operator: string;
	values: Array<number>;
};
export type PodFailurePolicyOnPodConditionsPattern = { status: string; type: string };
export type PodFailurePolicyRule = {
	action: string;
	onExitCodes?: PodFailurePolicyOnExitCodesRequirement;
	onPodConditions?: Array<PodFailurePolicyOnPodConditionsPattern>;
};
export type PodIP = { ip: string };
export type PodOS = { name: "linux" | "windows" };
export type PodReadinessGate = { conditionType: string };
export type PodResourceClaim = {
	name: string;
	resourceClaimName?: string;
	resourceClaimTemplateName?: string;
};
export type PodResourceClaimStatus = { name: string; resourceClaimName?: string };
export type PodSchedulingGate = { name: string };
export type PodSecurityContext = {
	appArmorProfile?: AppArmorProfile;
	fsGroup?: number;
	fsGroupChangePolicy?: "Always" | "OnRootMismatch";
	runAsGroup?: number;
	runAsNonRoot?: boolean;
	runAsUser?: number;
	seLinuxChangePolicy?: string;
	seLinuxOptions?: SELinuxOptions;
	seccompProfile?: SeccompProfile;
	supplementalGroups?: Array<number>;
	supplementalGroupsPolicy?: "Merge" | "Strict";
	sysctls?: Array<Sysctl>;
	windowsOptions?: WindowsSecurityContextOptions;
};
export type PodSpec = {
	activeDeadlineSeconds?: number;
	affinity?: Affinity;
	automountServiceAccountToken?: boolean;
	containers: Array<Container>;
	dnsConfig?: PodDNSConfig;
	dnsPolicy?: "ClusterFirstWithHostNet" | "ClusterFirst" | "Default" | "None";
	enableServiceLinks?: boolean;
	ephemeralContainers?: Array<EphemeralContainer>;
	hostAliases?: Array<HostAlias>;
	hostIPC?: boolean;
	hostNetwork?: boolean;
	hostPID?: boolean;
	hostUsers?: boolean;
	hostname?: string;
	hostnameOverride?: string;
	imagePullSecrets?: Array<LocalObjectReference>;
	initContainers?: Array<Container>;
	nodeName?: string;
	nodeSelector?: Record<string, string>;
	os?: PodOS;
	overhead?: Record<string, unknown>;
	preemptionPolicy?: "Never" | "PreemptLowerPriority";
	priority?: number;
	priorityClassName?: string;
	readinessGates?: Array<PodReadinessGate>;
	resourceClaims?: Array<PodResourceClaim>;
	resources?: ResourceRequirements;
	restartPolicy?: "Always" | "OnFailure" | "Never";
	runtimeClassName?: string;
	schedulerName?: string;
	schedulingGates?: Array<PodSchedulingGate>;
	securityContext?: PodSecurityContext;
	serviceAccount?: string;
	serviceAccountName?: string;
	setHostnameAsFQDN?: boolean;
	shareProcessNamespace?: boolean;
	subdomain?: string;
	terminationGracePeriodSeconds?: number;
	tolerations?: Array<Toleration>;
	topologySpreadConstraints?: Array<TopologySpreadConstraint>;
	volumes?: Array<Volume>;
};
export type PodStatus = {
	conditions?: Array<PodCondition>;
	containerStatuses?: Array<ContainerStatus>;
	ephemeralContainerStatuses?: Array<ContainerStatus>;
	extendedResourceClaimStatus?: PodExtendedResourceClaimStatus;
	hostIP?: string;
	hostIPs?: Array<HostIP>;
	initContainerStatuses?: Array<ContainerStatus>;
	message?: string;
	nominatedNodeName?: string;
	observedGeneration?: number;
	phase?: string;
	podIP?: string;
	podIPs?: Array<PodIP>;
	qosClass?: string;
	reason?: string;
	resize?: string;
	resourceClaimStatuses?: Array<PodResourceClaimStatus>;
	startTime?: string;
};
export type PodTemplateSpec = { metadata?: ObjectMeta; spec?: PodSpec };
export type PortworxVolumeSource = { fsType?: string; readOnly?: boolean; volumeID: string };
export type PreferredSchedulingTerm = { preference: NodeSelectorTerm; weight: number };
export type Probe = {
	exec?: ExecAction;
	failureThreshold?: number;
	grpc?: GRPCAction;
	httpGet?: HTTPGetAction;
	initialDelaySeconds?: number;
	periodSeconds?: number;
	successThreshold?: number;
	tcpSocket?: TCPSocketAction;
	terminationGracePeriodSeconds?: number;
	timeoutSeconds?: number;
};
export type ProjectedVolumeSource = { defaultMode?: number; sources?: Array<VolumeProjection> };
export type QuobyteVolumeSource = {
	group?: string;
	readOnly?: boolean;
	registry: string;
	tenant?: string;
	user?: string;
	volume: string;
};
export type RBDVolumeSource = {
	fsType?: string;
	image: string;
	keyring?: string;
	monitors: Array<string>;
	pool?: string;
	readOnly?: boolean;
	secretRef?: LocalObjectReference;
	user?: string;
};
export type ReplicaSet = {
	apiVersion?: string;
	kind?: string;
	metadata?: ObjectMeta;
	spec?: ReplicaSetSpec;
	status?: ReplicaSetStatus;
};
export type ReplicaSetCondition = {
	lastTransitionTime?: string;
	message?: string;
	reason?: string;
	status: string;
	type: string;
};
export type ReplicaSetSpec = {
	minReadySeconds?: number;
	replicas?: number;
	selector: LabelSelector;
	template?: PodTemplateSpec;
};
export type ReplicaSetStatus = {
	availableReplicas?: number;
	conditions?: Array<ReplicaSetCondition>;
	fullyLabeledReplicas?: number;
	observedGeneration?: number;
	readyReplicas?: number;
	replicas: number;
	terminatingReplicas?: number;
};
export type ResourceClaim = { name: string; request?: string };
export type ResourceFieldSelector = { containerName?: string; divisor?: unknown; resource: string };
export type ResourceHealth = { health?: string; resourceID: string };
export type ResourceRequirements = {
	claims?: Array<ResourceClaim>;
	limits?: Record<string, unknown>;
	requests?: Record<string, unknown>;
};
export type ResourceStatus = { name: string; resources?: Array<ResourceHealth> };
export type RollingUpdateDaemonSet = { maxSurge?: unknown; maxUnavailable?: unknown };
export type RollingUpdateDeployment = { maxSurge?: unknown; maxUnavailable?: unknown };
export type RollingUpdateStatefulSetStrategy = { maxUnavailable?: unknown; partition?: number };
export type ScaleIOVolumeSource = {
	fsType?: string;
	gateway: string;
	protectionDomain?: string;
	readOnly?: boolean;
	secretRef: LocalObjectReference;
	sslEnabled?: boolean;
	storageMode?: string;
	storagePool?: string;
	system: string;
	volumeName?: string;
};
export type SeccompProfile = {
	localhostProfile?: string;
	type: "Localhost" | "RuntimeDefault" | "Unconfined";
};
export type SecretEnvSource = { name?: string; optional?: boolean };
export type SecretKeySelector = { key: string; name?: string; optional?: boolean };
export type SecretProjection = { items?: Array<KeyToPath>; name?: string; optional?: boolean };
export type SecretVolumeSource = {
	defaultMode?: number;
	items?: Array<KeyToPath>;
	optional?: boolean;
	secretName?: string;
};
export type SecurityContext = {
	allowPrivilegeEscalation?: boolean;
	appArmorProfile?: AppArmorProfile;
	capabilities?: Capabilities;
	privileged?: boolean;
	procMount?: "Default" | "Unmasked";
	readOnlyRootFilesystem?: boolean;
	runAsGroup?: number;
	runAsNonRoot?: boolean;
	runAsUser?: number;
	seLinuxOptions?: SELinuxOptions;
	seccompProfile?: SeccompProfile;
	windowsOptions?: WindowsSecurityContextOptions;
};
export type SELinuxOptions = { level?: string; role?: string; type?: string; user?: string };
export type ServiceAccountTokenProjection = { audience?: string; expirationSeconds?: number; path: string };
export type SleepAction = { seconds: number };
export type StatefulSet = {
	apiVersion?: string;
	kind?: string;
	metadata?: ObjectMeta;
	spec?: StatefulSetSpec;
	status?: StatefulSetStatus;
};
export type StatefulSetCondition = {
	lastTransitionTime?: string;
	message?: string;
	reason?: string;
	status: string;
	type: string;
};
export type StatefulSetOrdinals = { start?: number };
export type StatefulSetPersistentVolumeClaimRetentionPolicy = {
	whenDeleted?: "Delete" | "Retain";
	whenScaled?: "Delete" | "Retain";
};
export type StatefulSetSpec = {
	minReadySeconds?: number;
	ordinals?: StatefulSetOrdinals;
	persistentVolumeClaimRetentionPolicy?: StatefulSetPersistentVolumeClaimRetentionPolicy;
	podManagementPolicy?: "OrderedReady" | "Parallel";
	replicas?: number;
	revisionHistoryLimit?: number;
	selector: LabelSelector;
	serviceName?: string;
	template: PodTemplateSpec;
	updateStrategy?: StatefulSetUpdateStrategy;
	volumeClaimTemplates?: Array<PersistentVolumeClaim>;
};
export type StatefulSetStatus = {
	availableReplicas?: number;
	collisionCount?: number;
	conditions?: Array<StatefulSetCondition>;
	currentReplicas?: number;
	currentRevision?: string;
	observedGeneration?: number;
	readyReplicas?: number;
	replicas: number;
	updateRevision?: string;
	updatedReplicas?: number;
};
export type StatefulSetUpdateStrategy = {
	rollingUpdate?: RollingUpdateStatefulSetStrategy;
	type?: "OnDelete" | "RollingUpdate";
};
export type StorageOSVolumeSource = {
	fsType?: string;
	readOnly?: boolean;
	secretRef?: LocalObjectReference;
	volumeName?: string;
	volumeNamespace?: string;
};
export type SuccessPolicy = { rules: Array<SuccessPolicyRule> };
export type SuccessPolicyRule = { succeededCount?: number; succeededIndexes?: string };
export type Sysctl = { name: string; value: string };
export type Taint = {
	effect: "NoExecute" | "NoSchedule" | "PreferNoSchedule";
	key: string;
	timeAdded?: string;
	value?: string;
};
export type TCPSocketAction = { host?: string; port?: unknown };
export type Toleration = {
	effect?: "NoExecute" | "NoSchedule" | "PreferNoSchedule";
	key?: string;
	operator?: "Equal" | "Exists";
	tolerationSeconds?: number;
	value?: string;
};
export type TopologySpreadConstraint = {
	labelSelector?: LabelSelector;
	matchLabelKeys?: Array<string>;
	maxSkew: number;
	minDomains?: number;
	nodeAffinityPolicy?: "Honor" | "Ignore";
	nodeTaintsPolicy?: "Honor" | "Ignore";
	topologyKey: string;
	whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway";
};
export type TypedLocalObjectReference = { apiGroup?: string; kind: string; name: string };
export type TypedObjectReference = { apiGroup?: string; kind: string; name: string; namespace?: string };
export type UncountedTerminatedPods = { failed?: Array<string>; succeeded?: Array<string> };
export type Volume = {
	awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource;
	azureDisk?: AzureDiskVolumeSource;
	azureFile?: AzureFileVolumeSource;
	cephfs?: CephFSVolumeSource;
	cinder?: CinderVolumeSource;
	configMap?: ConfigMapVolumeSource;
	csi?: CSIVolumeSource;
	downwardAPI?: DownwardAPIVolumeSource;
	emptyDir?: EmptyDirVolumeSource;
	ephemeral?: EphemeralVolumeSource;
	fc?: FCVolumeSource;
	flexVolume?: FlexVolumeSource;
	flocker?: FlockerVolumeSource;
	gcePersistentDisk?: GCEPersistentDiskVolumeSource;
	gitRepo?: GitRepoVolumeSource;
	glusterfs?: GlusterfsVolumeSource;
	hostPath?: HostPathVolumeSource;
	image?: ImageVolumeSource;
	iscsi?: ISCSIVolumeSource;
	name: string;
	nfs?: NFSVolumeSource;
	persistentVolumeClaim?: PersistentVolumeClaimVolumeSource;
	photonPersistentDisk?: PhotonPersistentDiskVolumeSource;
	portworxVolume?: PortworxVolumeSource;
	projected?: ProjectedVolumeSource;
	quobyte?: QuobyteVolumeSource;
	rbd?: RBDVolumeSource;
	scaleIO?: ScaleIOVolumeSource;
	secret?: SecretVolumeSource;
	storageos?: StorageOSVolumeSource;
	vsphereVolume?: VsphereVirtualDiskVolumeSource;
};
export type VolumeDevice = { devicePath: string; name: string };
export type VolumeMount = {
	mountPath: string;
	mountPropagation?: "Bidirectional" | "HostToContainer" | "None";
	name: string;
	readOnly?: boolean;
	recursiveReadOnly?: "Disabled" | "Enabled" | "IfPossible";
	subPath?: string;
	subPathExpr?: string;
};
export type VolumeMountStatus = {
	mountPath: string;
	name: string;
	readOnly?: boolean;
	recursiveReadOnly?: string;
};
export type VolumeProjection = {
	clusterTrustBundle?: ClusterTrustBundleProjection;
	configMap?: ConfigMapProjection;
	downwardAPI?: DownwardAPIProjection;
	podCertificate?: PodCertificateProjection;
	secret?: SecretProjection;
	serviceAccountToken?: ServiceAccountTokenProjection;
};
export type VolumeResourceRequirements = {
	limits?: Record<string, unknown>;
	requests?: Record<string, unknown>;
};
export type VsphereVirtualDiskVolumeSource = {
	fsType?: string;
	storagePolicyID?: string;
	storagePolicyName?: string;
	volumePath: string;
};
export type WeightedPodAffinityTerm = { podAffinityTerm: PodAffinityTerm; weight: number };
export type WindowsSecurityContextOptions = {
	gmsaCredentialSpec?: string;
	gmsaCredentialSpecName?: string;
	hostProcess?: boolean;
	runAsUserName?: string;
};
